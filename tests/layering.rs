use std::path::{Path, PathBuf};

/// Each layer with the layers that it may import, beside itself.
const LAYERS: [(&str, &[&str]); 9] = [
    ("domain", &[]),
    ("policy", &["domain"]),
    ("store", &["policy", "domain"]),
    ("demo", &["store", "policy", "domain"]),
    ("import", &["store", "policy", "domain"]),
    ("graphql", &["store", "policy", "domain"]),
    ("service", &["graphql", "store", "policy", "domain"]),
    ("http", &["service", "graphql", "store", "policy", "domain"]),
    ("cli", &["http", "service", "graphql", "import", "demo", "store", "policy", "domain"]),
];

/// Each crate with the one layer that may name it.
const OWNED: [(&str, &str); 3] = [("diesel", "store"), ("async_graphql", "graphql"), ("actix_", "http")];

fn sources() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (layer, _) in LAYERS {
        collect(layer, &root.join(layer), &mut found);
    }
    assert!(found.len() > 50, "only {} source files", found.len());
    found
}

fn collect(layer: &str, folder: &Path, found: &mut Vec<(String, PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(layer, &path, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((layer.to_owned(), path, text));
        }
    }
}

/// A layer imports itself and the layers to its right only.
#[test]
fn layers_import_one_way() {
    for (layer, path, text) in sources() {
        let allowed = LAYERS.iter().find(|(name, _)| *name == layer).unwrap().1;
        for (other, _) in LAYERS {
            let imports = text.contains(&format!("crate::{other}::")) || text.contains(&format!("crate::{other};"));
            let may = other == layer || allowed.contains(&other);
            assert!(may || !imports, "{} imports {other}", path.display());
        }
    }
}

/// What the rooms of the store stand on names none of them: `database` nobody, coverage and row level security no session.
#[test]
fn the_ground_of_the_store_names_no_room() {
    let rooms: [(&str, &[&str]); 3] = [
        ("database", &["database"]),
        ("visibility", &["database", "visibility"]),
        ("rls", &["credentials", "database", "rls"]),
    ];
    for (layer, path, text) in sources().into_iter().filter(|(layer, ..)| layer == "store") {
        let room = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let Some((_, may)) = rooms.iter().find(|(name, _)| room.as_deref() == Some(name)) else { continue };
        let named = text.split("crate::store::").skip(1).filter_map(|rest| rest.split([':', ';', '{']).next());
        for other in named {
            assert!(may.contains(&other), "{} in {layer} imports {other}", path.display());
        }
    }
}

/// Only `store` names `diesel`, only `graphql` `async_graphql`, only `http` those of actix.
#[test]
fn each_library_has_one_layer() {
    for (layer, path, text) in sources() {
        for (library, owner) in OWNED {
            let names = text.contains(&format!("{library}::"));
            assert!(layer == owner || !names, "{} names {library}", path.display());
        }
    }
}

/// The escape hatch from policy is used where whole databases are made or filled, and nowhere that serves a client.
#[test]
fn work_outside_policy_serves_no_client() {
    for (layer, path, text) in sources() {
        let may = ["store", "cli"].contains(&layer.as_str());
        assert!(may || !text.contains("outside_policy"), "{} works outside policy", path.display());
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// Nouns that name one another, as the graph does: an agency has agreements, and each is of agencies.
fn is_graph(circle: &[&str]) -> bool {
    let no_noun = ["api", "engine", "mutation", "query", "schema"];
    let noun = |file: &str| file.split("::").nth(1).map(str::to_owned);
    let nouns: BTreeSet<Option<String>> = circle.iter().map(|file| noun(file)).collect();
    let are_nouns = circle.iter().all(|file| file.starts_with("graphql::"))
        && !nouns.iter().flatten().any(|noun| no_noun.contains(&noun.as_str()));
    are_nouns && nouns.len() > 1 || circle == ["domain::incident", "domain::incident_pattern"]
}

/// What a file names of the crate, and what it gives another path.
struct Named<'m> {
    of: &'m str,
    imported: BTreeSet<String>,
    exported: BTreeMap<String, String>,
}

impl Named<'_> {
    /// A path from the crate's root, as it stands in the file.
    fn absolute(&self, path: &[String]) -> String {
        let mut at: Vec<&str> = self.of.split("::").collect();
        let mut rest = path;
        if path.first().is_some_and(|first| first == "crate") {
            at.clear();
            rest = &rest[1..];
        }
        while let Some(step) = rest.first().filter(|step| ["self", "super"].contains(&step.as_str())) {
            if step == "super" {
                at.pop();
            }
            rest = &rest[1..];
        }
        at.into_iter().chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
    }

    fn add(&mut self, tree: &syn::UseTree, before: &[String], exports: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (path, name) = match tree {
            syn::UseTree::Path(path) => return self.add(&path.tree, &with(&path.ident), exports),
            syn::UseTree::Group(group) => return group.items.iter().for_each(|item| self.add(item, before, exports)),
            syn::UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            syn::UseTree::Rename(name) => (with(&name.ident), name.rename.to_string()),
            _ => (before.to_vec(), "*".to_owned()),
        };
        let path = self.absolute(&path);
        match exports {
            true => drop(self.exported.insert(format!("{}::{name}", self.of), path)),
            false => drop(self.imported.insert(path)),
        }
    }
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {
        // Tests may know everything.
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // Who may name something is nothing that this names.
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if ["crate", "super"].contains(&segments[0].as_str()) {
            self.imported.insert(self.absolute(&segments));
        }
        visit::visit_path(self, path);
    }
}

/// The source files by their modules' paths.
fn collect(folder: &Path, at: &str, found: &mut BTreeMap<String, syn::File>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let stem = path.file_stem().unwrap().to_string_lossy();
        let below = if at.is_empty() { stem.to_string() } else { format!("{at}::{stem}") };
        if path.is_dir() {
            collect(&path, &below, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && stem != "lib" && stem != "main" {
            let module = if stem == "mod" { at.to_owned() } else { below };
            found.insert(module, syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap());
        }
    }
}

fn reached<'m>(from: &'m str, imports: &BTreeMap<&'m str, BTreeSet<&'m str>>) -> BTreeSet<&'m str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        next.extend(imports[module].iter().filter(|import| reached.insert(**import)));
    }
    reached
}

/// The file that a path leads to, through whatever gives it another path.
fn file<'m>(path: &str, named: &'m BTreeMap<String, Named<'_>>) -> Option<&'m str> {
    let ends = path.match_indices("::").map(|(end, _)| end).chain([path.len()]);
    for end in ends.clone() {
        let other = named.values().find_map(|file| file.exported.get(&path[..end]));
        if let Some(other) = other.filter(|other| **other != path[..end] && !named.contains_key(&path[..end])) {
            return file(&format!("{other}{}", &path[end..]), named);
        }
    }
    ends.filter_map(|end| named.get_key_value(&path[..end])).last().map(|(file, _)| file.as_str())
}

/// No files import one another in a circle, but where the graph itself is one.
#[test]
fn files_import_one_way() {
    let mut files = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut files);
    let named: BTreeMap<String, Named<'_>> = files
        .iter()
        .map(|(of, file)| {
            let mut named = Named { of, imported: BTreeSet::new(), exported: BTreeMap::new() };
            named.visit_file(file);
            (of.clone(), named)
        })
        .collect();
    let imports_of = |(of, file_of): (&String, &Named<'_>)| {
        file_of.imported.iter().filter_map(|path| file(path, &named)).filter(|import| import != of).collect()
    };
    let imports: BTreeMap<&str, BTreeSet<&str>> =
        named.iter().map(|(of, one)| (of.as_str(), imports_of((of, one)))).collect();
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 1_000, "too few imports are found");
    let reached: BTreeMap<&str, BTreeSet<&str>> = imports.keys().map(|of| (*of, reached(of, &imports))).collect();
    let circles: BTreeSet<Vec<&str>> = reached
        .iter()
        .filter(|(of, all)| all.contains(*of))
        .map(|(of, all)| all.iter().copied().filter(|other| reached[other].contains(of)).collect())
        .collect();
    let others: Vec<&Vec<&str>> = circles.iter().filter(|circle| !is_graph(circle)).collect();
    assert!(circles.len() > 1 && others.is_empty(), "{others:?}");
}

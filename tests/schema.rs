fn sdl() -> String {
    panoh::graphql::Api::default().sdl().to_owned()
}

/// `schema.graphql` is what `panoh schema` prints. With `RENDER=1` the file is written anew.
#[test]
fn the_committed_schema_is_the_binarys() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    if std::env::var_os("RENDER").is_some() {
        std::fs::write(path, sdl()).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == sdl(),
        "schema.graphql is old: RENDER=1 cargo test the_committed"
    );
}

/// Every type, field, argument and enum value says what it is.
#[test]
fn everything_in_the_schema_is_described() {
    let sdl = sdl();
    let lines: Vec<&str> = sdl.lines().collect();
    let mut undescribed = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let text = line.trim();
        let declares = text.starts_with(|first: char| first.is_alphabetic()) && !described_text(&lines, index);
        let named =
            declares && !["schema", "query:", "mutation:", "directive"].iter().any(|word| text.starts_with(word));
        if named && !lines[index - 1].trim().ends_with("\"\"\"") {
            undescribed.push(text);
        }
    }
    assert!(undescribed.is_empty(), "{undescribed:#?}");
}

/// Whether a line lies within a description.
fn described_text(lines: &[&str], index: usize) -> bool {
    lines[..index].iter().filter(|line| line.trim() == "\"\"\"").count() % 2 == 1
}

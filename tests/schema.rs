use panoh::domain::Vocabulary;
use panoh::domain::category::DataCategory;
use panoh::policy::columns::category_of_individual;

fn sdl() -> String {
    panoh::graphql::Api::default().sdl()
}

/// `schema.graphql` is what `panoh schema` prints.
#[test]
fn the_committed_schema_is_the_binarys() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    assert!(committed == sdl(), "schema.graphql is old: cargo run -- schema > schema.graphql");
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

/// The category that the schema shows for a field of individuals is the one by which its column is released.
#[test]
fn the_schema_shows_each_columns_category() {
    let sdl = sdl();
    let individual = sdl.split("\ntype Individual ").nth(1).unwrap().split("\n}").next().unwrap();
    let mut shown = 0;
    for line in individual.lines() {
        let Some((field, category)) = line.trim().split_once(" @category(of: ") else { continue };
        let name = field.split([':', '(']).next().unwrap();
        let column: String = match name {
            "region" | "place" | "case" => format!("{name}_id"),
            other => other.chars().map(snake).collect(),
        };
        let category = DataCategory::parse(category.trim_end_matches(')')).unwrap();
        if let Some(released_by) = category_of_individual(&column) {
            assert_eq!(released_by, category, "{name}");
            shown += 1;
        }
    }
    assert_eq!(shown, 14, "fields of individuals with a category");
}

fn snake(letter: char) -> String {
    if letter.is_ascii_uppercase() { format!("_{}", letter.to_ascii_lowercase()) } else { letter.to_string() }
}

//! Filters of population figures as SQL that indexes alone decide: each begins with the values of a filter, or of the two on
//! countries, and goes on in the figures' order. Of several ranges each gives its first figures; sorting all that they have
//! would cost seconds.

use super::PopulationFigureFilter;
use crate::domain::Vocabulary;
use crate::domain::population_figure::FigureIdentity;
use crate::store::database::connection::{AnyConnection, Backend};
use crate::store::database::page::Slice;
use crate::store::database::tables::population_figures;
use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};

/// A condition on figures, as it is written.
#[derive(Debug, Default)]
pub(in crate::store) struct Written(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Sql(String),
    Bound(String),
}

/// Up to how many pairs of an origin and an asylum are walked, each by its own range of their index.
const MAX_PAIRS: usize = 200;

/// A filter that lists values: its column, these (codes of vocabularies, which need no escaping), and about how many of a
/// thousand figures each of them has.
struct Listed {
    column: &'static str,
    codes: Vec<String>,
    share: usize,
}

impl Listed {
    fn one_of(&self) -> String {
        match self.codes[..] {
            [] => "FALSE".to_owned(),
            _ => format!("{} IN ('{}')", self.column, self.codes.join("', '")),
        }
    }

    fn each(&self) -> impl Iterator<Item = String> {
        self.codes.iter().map(|code| format!("{} = '{code}'", self.column))
    }
}

/// What an index begins with.
struct Walk {
    /// A condition for each range of it.
    ranges: Vec<String>,
    /// All of them as one condition.
    all: String,
}

impl PopulationFigureFilter {
    /// Holds for the figures that pass.
    pub(in crate::store) fn passing(&self, connection: &AnyConnection) -> Written {
        let (walk, others) = self.walk();
        let mut written = Written::default();
        written.sql(walk.as_ref().map_or("TRUE", |walk| walk.all.as_str()));
        self.rest(&mut written, &others, connection);
        written
    }

    /// Holds for the figures of a slice that pass, and maybe for others that pass: of each range the first.
    pub(in crate::store) fn first(&self, connection: &AnyConnection, slice: &Slice) -> Written {
        let (Some(walk), others) = self.walk() else {
            return self.passing(connection);
        };
        let mut written = Written::default();
        if walk.ranges.is_empty() {
            written.sql("FALSE");
            return written;
        }
        for (nth, range) in walk.ranges.iter().enumerate() {
            written.sql(if nth == 0 { "identity IN (" } else { " UNION ALL " });
            written.sql("SELECT identity FROM (SELECT identity FROM population_figures WHERE ");
            written.sql(range);
            self.rest(&mut written, &others, connection);
            for (bound, sign) in [(&slice.after, ">"), (&slice.before, "<")] {
                if let Some((identity, inclusive)) = bound.as_ref().and_then(crate::store::database::page::Bound::code)
                {
                    let equal = if inclusive { "=" } else { "" };
                    written.bound(&format!(" AND identity {sign}{equal} "), identity);
                }
            }
            let direction = if slice.reversed { "DESC" } else { "ASC" };
            written.sql(&format!(" ORDER BY identity {direction} LIMIT {}) AS first_{nth}", slice.limit));
        }
        written.sql(")");
        written
    }

    /// The index that leaves the fewest figures, and the filters that it does not begin with.
    fn walk(&self) -> (Option<Walk>, Vec<Listed>) {
        let countries = |column, codes: &Option<Vec<_>>| {
            let codes = codes.as_ref()?.iter().map(ToString::to_string).collect();
            Some(Listed { column, codes, share: 5 })
        };
        let types = self.types.as_ref().map(|types| Listed {
            column: "population_type",
            codes: types.iter().map(|kind| kind.code().to_owned()).collect(),
            share: 100,
        });
        let (origins, asylums) = (countries("origin", &self.origins), countries("asylum", &self.asylums));
        if let (Some(origins), Some(asylums)) = (&origins, &asylums)
            && origins.codes.len() * asylums.codes.len() <= MAX_PAIRS
        {
            let to_each = |origin: String| asylums.each().map(move |asylum| format!("{origin} AND {asylum}"));
            let ranges = origins.each().flat_map(to_each).collect();
            let all = format!("{} AND {}", origins.one_of(), asylums.one_of());
            return (Some(Walk { ranges, all }), types.into_iter().collect());
        }
        let mut listed: Vec<Listed> = [origins, asylums, types].into_iter().flatten().collect();
        listed.sort_by_key(|listed| listed.codes.len() * listed.share);
        let mut listed = listed.into_iter();
        let walk = listed.next().map(|first| Walk { ranges: first.each().collect(), all: first.one_of() });
        (walk, listed.collect())
    }

    /// The years, and the filters with which no index is to begin. SQLite has no statistics: a sign keeps it from theirs.
    fn rest(&self, written: &mut Written, others: &[Listed], connection: &AnyConnection) {
        if self.years != (None, None) {
            let (from, until) = FigureIdentity::keys_of_years(self.years.0, self.years.1);
            written.bound(" AND identity >= ", from);
            written.bound(" AND identity < ", until);
        }
        let sign = if matches!(connection, AnyConnection::Sqlite(_)) { "+" } else { "" };
        for other in others {
            written.sql(&format!(" AND {sign}{}", other.one_of()));
        }
    }
}

impl Written {
    fn sql(&mut self, text: &str) {
        self.0.push(Piece::Sql(text.to_owned()));
    }

    fn bound(&mut self, text: &str, value: String) {
        self.sql(text);
        self.0.push(Piece::Bound(value));
    }
}

impl Expression for Written {
    type SqlType = Bool;
}

impl AppearsOnTable<population_figures::table> for Written {}

impl SelectableExpression<population_figures::table> for Written {}

impl<Group> ValidGrouping<Group> for Written {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Written {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for Written {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        // Clients choose its shape, and PostgreSQL its plan by the values.
        out.unsafe_to_cache_prepared();
        for piece in &self.0 {
            match piece {
                Piece::Sql(text) => out.push_sql(text),
                Piece::Bound(value) => out.push_bind_param::<Text, String>(value)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::population_figure::PopulationType;
    use crate::store::database::connection::Address;
    use crate::store::database::page::{Bound, Position, SortValue};
    use crate::store::migrations::migrate;
    use diesel::RunQueryDsl;

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    fn text(written: Written) -> String {
        let text = |piece| match piece {
            Piece::Sql(text) => text,
            Piece::Bound(value) => format!("'{value}'"),
        };
        written.0.into_iter().map(text).collect()
    }

    /// SQLite plans each combination of filters by the index of the one that leaves the fewest, and sorts nothing.
    #[test]
    fn each_filter_has_its_index() {
        let folder = tempfile::TempDir::new().unwrap();
        let address = Address::Sqlite(folder.path().join("panoh.db"));
        migrate(&address).unwrap();
        let mut connection = address.connect(false).unwrap();
        let mut plan = |query: String| -> Vec<String> {
            let AnyConnection::Sqlite(sqlite) = &mut connection else { panic!("not SQLite") };
            let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(sqlite).unwrap();
            steps.into_iter().map(|step| step.detail).collect()
        };
        let asked = address.connect(false).unwrap();
        let one = || Some(vec!["AFG".parse().unwrap()]);
        let two = || Some(vec!["AFG".parse().unwrap(), "IRQ".parse().unwrap()]);
        let many = |most| Some(rust_iso3166::ALL_ALPHA3.iter().take(most).map(|code| code.parse().unwrap()).collect());
        let types = || Some(vec![PopulationType::Refugees]);
        let position = Position { value: Some(SortValue::Text("1999|AFG".to_owned())), id: 1 };
        let after = Some(Bound { position, inclusive: false });
        let slice = Slice { after, before: None, reversed: false, limit: 51 };
        for (origins, asylums, types, index) in [
            (None, None, None, "sqlite_autoindex_population_figures_1"),
            (one(), None, None, "population_figures_origin"),
            (None, one(), None, "population_figures_asylum"),
            (None, None, types(), "population_figures_type"),
            (one(), one(), None, "population_figures_pair"),
            (two(), two(), types(), "population_figures_pair"),
            (None, two(), types(), "population_figures_asylum"),
            (many(20), many(30), types(), "population_figures_origin"),
            (many(30), None, types(), "population_figures_type"),
        ] {
            for years in [(None, None), (Some(1990), None), (Some(1999), Some(1999))] {
                let (origins, asylums, types) = (origins.clone(), asylums.clone(), types.clone());
                let filter = PopulationFigureFilter { years, origins, asylums, types };
                let first = text(filter.first(&asked, &slice));
                let page = plan(format!(
                    "SELECT * FROM population_figures WHERE {first} AND identity > '1999|AFG' ORDER BY identity LIMIT 51"
                ));
                let passing = text(filter.passing(&asked));
                let count = plan(format!("SELECT count(*) FROM population_figures WHERE {passing}"));
                let walked = |step: &String| step.contains("SEARCH") && step.contains(index);
                let sorted = |step: &String| step.contains("TEMP B-TREE");
                assert!(page.iter().any(walked) && !page.iter().any(sorted), "{filter:?}: {page:#?}");
                let counted = |step: &String| step.starts_with("SEARCH population_figures USING COVERING INDEX");
                assert!(count.iter().any(counted) || passing == "TRUE", "{filter:?}: {count:#?}");
                let scans = page.iter().chain(&count).any(|step| step.starts_with("SCAN population_figures"));
                assert!(!scans || passing == "TRUE", "{filter:?}: {page:#?} {count:#?}");
            }
        }
    }
}

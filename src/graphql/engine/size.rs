//! What a request comes to, and what it may cost.

/// What a selection comes to when its fragments are expanded.
#[derive(Clone, Copy, Default)]
pub struct Size {
    /// Fields at the top of the selection.
    pub top: u64,
    pub fields: u64,
    pub aliases: u64,
    pub directives: u64,
    pub depth: u64,
    pub cells: u64,
    /// As how many cells it counts that are held in memory until the answer is written: the schema's are there anyway.
    pub held: u64,
    /// Bytes of the names in the answer, and of the marks around each.
    pub bytes: u64,
    /// Bytes of the values that arguments are given, each variable counted wherever it is used.
    pub given: u64,
    /// Counts within the selection: each looks through what the list that it is in holds.
    pub counts: u64,
    /// How often every person may be looked at, once for each condition.
    pub looks: u64,
    /// How often the selection itself asks for the type's name: the library counts these for nobody.
    pub typenames: u64,
    /// How deep fragments spread one another.
    pub fragments: u64,
    /// How deep lists of introspection lie in one another.
    pub introspection: u64,
    /// Whether a case's members are asked for.
    pub members: bool,
}

impl Size {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            top: self.top.saturating_add(other.top),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            depth: self.depth.max(other.depth),
            cells: self.cells.saturating_add(other.cells),
            held: self.held.saturating_add(other.held),
            bytes: self.bytes.saturating_add(other.bytes),
            given: self.given.saturating_add(other.given),
            counts: self.counts.saturating_add(other.counts),
            looks: self.looks.saturating_add(other.looks),
            typenames: self.typenames.saturating_add(other.typenames),
            fragments: self.fragments.max(other.fragments),
            introspection: self.introspection.max(other.introspection),
            members: self.members || other.members,
        }
    }
}

/// What a request may cost, before it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    cells: u64,
    held: u64,
    pub(super) looks: u64,
}

/// The most bytes of arguments' values: twice those of a request, as a variable is copied wherever it is used.
pub const MAX_GIVEN: u64 = 1_000_000;

/// A request of more cells is large.
pub const MANY_CELLS: u64 = 20_000;

impl Cost {
    /// What a selection may cost.
    pub fn of(size: Size) -> Self {
        Self { cells: size.cells, held: size.held, looks: size.looks }
    }

    /// Whether its answer may take much memory while it is made.
    pub fn is_large(self) -> bool {
        self.held > MANY_CELLS
    }

    /// Milliseconds of work over so many people, about: a cell takes some microseconds, a look at a person a fraction of one.
    pub fn milliseconds(self, people: i64) -> i64 {
        let looks = self.looks.saturating_mul(people.unsigned_abs());
        let cost = 1 + self.cells / CELLS_IN_A_MILLISECOND + looks / LOOKS_IN_A_MILLISECOND;
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}

const CELLS_IN_A_MILLISECOND: u64 = 200;
const LOOKS_IN_A_MILLISECOND: u64 = 5_000;

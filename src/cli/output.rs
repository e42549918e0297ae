//! What commands print. Whoever reads only the first lines of it ends the command quietly.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write, stdout};

/// Prints a line.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::output::print(format_args!("{}\n", format_args!($($text)*)))
    };
}
pub(super) use say;

/// Prints a text; if nobody reads it any more, the command is over.
pub(super) fn print(text: Arguments<'_>) {
    if let Err(error) = try_print(text) {
        let is_quiet = error.kind() == ErrorKind::BrokenPipe;
        if !is_quiet {
            tracing::error!(%error, "the output cannot be written");
        }
        std::process::exit(i32::from(!is_quiet));
    }
}

/// Prints a text, or tells why that is not possible.
pub(super) fn try_print(text: Arguments<'_>) -> io::Result<()> {
    let mut output = stdout().lock();
    output.write_fmt(text)?;
    output.flush()
}

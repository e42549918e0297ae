//! SQLite's statements end when their request's time is over. It asks a callback as it works, which no safe interface offers.
#![allow(unsafe_code, reason = "a callback of SQLite's, in C")]

use libsqlite3_sys::{SQLITE_OK, sqlite3, sqlite3_api_routines, sqlite3_auto_extension, sqlite3_progress_handler};
use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::sync::Once;

/// How many instructions of its machine SQLite works between two questions: a fraction of a millisecond.
const INSTRUCTIONS: c_int = 10_000;

/// Says whether a statement is to end.
type IsOver = Box<dyn Fn() -> bool>;

thread_local! {
    /// What says so of the statements of this thread.
    static ASKED: RefCell<Option<IsOver>> = const { RefCell::new(None) };
}

/// Has this thread's statements end when they are over, or none of them.
pub(super) fn ask(is_over: Option<IsOver>) {
    ASKED.set(is_over);
}

/// Has every connection that is opened from now on ask whether to go on.
pub(in crate::store) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: `on_open` has the signature that SQLite calls it with, and lives as long as the process.
        unsafe { sqlite3_auto_extension(Some(on_open)) };
    });
}

unsafe extern "C" fn on_open(
    connection: *mut sqlite3,
    _complaint: *mut *mut c_char,
    _routines: *const sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite calls this with a connection that it has just opened; `ask_again` needs no data.
    unsafe { sqlite3_progress_handler(connection, INSTRUCTIONS, Some(ask_again), std::ptr::null_mut()) };
    SQLITE_OK
}

/// Whether this thread's statements are to end.
pub(super) fn is_over() -> bool {
    let is_over = |asked: &RefCell<Option<IsOver>>| {
        asked.try_borrow().is_ok_and(|asked| asked.as_ref().is_some_and(|is_over| is_over()))
    };
    ASKED.try_with(is_over).unwrap_or_default()
}

/// Called on the thread that works; it must not panic.
unsafe extern "C" fn ask_again(_data: *mut c_void) -> c_int {
    c_int::from(is_over())
}

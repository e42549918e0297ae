//! Disclosure control.

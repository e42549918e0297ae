//! Attacks by clients with valid keys, each as a program that prints what it learnt and what guessing would.

mod birthdays;
mod consents;
mod mutations;
mod orders;
mod releases;
mod timing;
mod two_worlds;
mod unrecorded;

//! The API through its real router, on a database of its own for each test.

mod devices;
mod errors;
mod guests;
mod line_checks;
mod permissions;
mod sessions;
mod sign_in;
mod world;

//! The drift report: every kind in every direction, its properties, formats and documentation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

mod action;
mod anywhere;
mod cases;
mod command;
mod deliveries;
mod directions;
mod document;
mod documentation;
mod exceptions;
mod kinds;
mod matching;
mod parts;
mod paths;
mod properties;
mod renderings;
mod resources;
mod second_opinion;
mod spelling;

//! The same messages in TypeScript, in one file.
//!
//! Starts from the messages and follows what they mention, so that a new type cannot be forgotten.

use std::{collections::BTreeMap, fmt::Write as _};

use ts_rs::{TS, TypeVisitor};

use crate::{ClientMessage, CloseCode, Event, EventKind, PROTOCOL, Request, ServerMessage};

/// The text of `web-client/src/signaling/protocol.gen.ts`.
pub fn typescript() -> String {
    let mut collector = Collector::default();
    collector.visit::<Request>();
    collector.visit::<ClientMessage>();
    collector.visit::<ServerMessage>();
    collector.visit::<Event>();
    collector.visit::<EventKind>();

    let mut text =
        String::from("// Made by `make generate` from signaling/protocol. Do not edit.\n");
    for declaration in collector.declarations.values() {
        text.push_str(declaration);
    }
    // One-line comments on one line.
    text = text
        .replace("/**\n * ", "/** ")
        .replace("\n */\n", " */\n")
        .replace("{ \n", "{\n")
        .replace(", \n", ",\n");
    let _ = write!(
        text,
        "\n/** The version to name in `hello`. */\nexport const PROTOCOL = {PROTOCOL};\n\
         \n/** Why the server closed the socket, by the code of the close event. */\n\
         export const CLOSE_CODES = {{\n"
    );
    for close in CloseCode::ALL {
        let _ = writeln!(text, "  {}: \"{}\",", close.code(), close.name());
    }
    text.push_str("} as const;\n");
    text
}

/// Gathers declarations by name: the order a type's dependencies are visited in is not stable.
#[derive(Default)]
struct Collector {
    declarations: BTreeMap<String, String>,
}

impl TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types of our own have a place to be written to.
        if T::output_path().is_none() || self.declarations.contains_key(&T::ident()) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.declarations
            .insert(T::ident(), format!("\n{docs}export {}\n", T::decl()));
        T::visit_dependencies(self);
    }
}

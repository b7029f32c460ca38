//! Operations: numbers, arguments, leases, and whether it all fits.

use super::encoding;
use super::types::Types;
use crate::diagnostic::Log;
use crate::model::{Argument, ArgumentKind, Encoding, ErrorDef, Field, Operation, Type};
use crate::names::{self, Role};
use crate::syntax::{self, Direction, Interface, Name, TypeKind};

const MAX: u64 = abi::MAX_MESSAGE as u64;

/// Checks all operations of the interface.
pub fn check(
    interface: &Interface,
    default: Encoding,
    errors: &[ErrorDef],
    types: &mut Types,
    log: &mut Log,
) -> Vec<Operation> {
    if interface.operations.is_empty() && log.0.is_empty() {
        let help = "write at least one: `1: name();`";
        log.error(&interface.name.span, "this interface has no operations", help);
    }
    names::unique(interface.operations.iter().map(|op| &op.name), "an operation", log);
    let mut seen: Vec<(i128, &str)> = Vec::new();
    let mut operations = Vec::new();
    for written in &interface.operations {
        let number = &written.number;
        if let Some((_, other)) = seen.iter().find(|(value, _)| *value == number.value) {
            let message = format!("`{other}` has the number {} already", number.value);
            let highest = seen.iter().map(|(value, _)| *value).max().unwrap_or(0);
            let help = format!("give it another, such as {}", highest.saturating_add(1));
            log.error(&number.span, message, help);
        }
        seen.push((number.value, &written.name.text));
        operations.push(operation(written, default, errors, types, log));
    }
    operations
}

fn operation(
    written: &syntax::Operation,
    default: Encoding,
    errors: &[ErrorDef],
    types: &mut Types,
    log: &mut Log,
) -> Operation {
    names::check(&written.name, Role::Operation, log);
    let number = u16::try_from(written.number.value).ok().filter(|&number| number > 0);
    if number.is_none() {
        let message = format!("{} cannot number an operation", written.number.value);
        log.error(&written.number.span, message, "write a number from 1 to 65535");
    }
    let encoding = written.encoding.as_ref().map_or(default, |name| encoding(name, log));
    let arguments = arguments(written, encoding, types, log);
    let message = Message::new(&arguments, encoding, types);
    if message.size > MAX {
        too_large(&written.name, "message", message.size, log);
    }
    let (result, result_size) = result(written, encoding, types, log);
    Operation {
        number: number.unwrap_or(1),
        name: written.name.text.clone(),
        docs: written.docs.clone(),
        idempotent: written.idempotent,
        encoding,
        arguments,
        message: message.fields,
        message_size: message.size,
        padding: message.padding,
        result,
        result_size,
        error: written.error.as_ref().and_then(|name| error(name, errors, log)),
    }
}

fn too_large(name: &Name, what: &str, size: u64, log: &mut Log) {
    let message = format!("the {what} of `{}` takes {size} bytes", name.text);
    let lent = size.min(u32::MAX.into());
    let help = format!("at most {MAX} fit; lend what is long: `lend data: [u8] up to {lent}`");
    log.error(&name.span, message, help);
}

fn result(
    written: &syntax::Operation,
    encoding: Encoding,
    types: &mut Types,
    log: &mut Log,
) -> (Option<Type>, u64) {
    let Some(ty) = &written.result else { return (None, 0) };
    let Some(found) = types.resolve(ty, log) else { return (None, 0) };
    types.use_as(&found, &ty.span, encoding, log);
    let size = size(&found, encoding, types);
    if size > MAX && types.is_good(&found) {
        too_large(&written.name, "answer", size, log);
    }
    (Some(found), size)
}

fn size(ty: &Type, encoding: Encoding, types: &Types) -> u64 {
    let layout = types.layout(ty);
    match encoding {
        Encoding::Fixed => layout.size,
        Encoding::Ssmarshal => layout.packed,
    }
}

fn error(name: &Name, errors: &[ErrorDef], log: &mut Log) -> Option<String> {
    if errors.iter().any(|error| error.name == name.text) {
        return Some(name.text.clone());
    }
    let message = format!("there is no error `{}`", name.text);
    log.error(
        &name.span,
        message,
        format!("declare it: `error {} {{ … }}`", names::camel(&name.text)),
    );
    None
}

fn arguments(
    written: &syntax::Operation,
    encoding: Encoding,
    types: &mut Types,
    log: &mut Log,
) -> Vec<Argument> {
    names::unique(written.arguments.iter().map(|argument| &argument.name), "an argument", log);
    let mut arguments = Vec::new();
    let mut leases = 0;
    for argument in &written.arguments {
        names::check(&argument.name, Role::Argument, log);
        let kind = match argument.lend {
            None => value(argument, encoding, types, log),
            Some(direction) => {
                leases += 1;
                if leases == abi::MAX_LEASES + 1 {
                    let help = "an operation has at most 16 leases";
                    log.error(&argument.name.span, "this is the 17th lease", help);
                }
                lease(argument, direction, written.idempotent, log)
            }
        };
        if let Some(kind) = kind {
            arguments.push(Argument { name: argument.name.text.clone(), kind });
        }
    }
    arguments
}

fn value(
    argument: &syntax::Argument,
    encoding: Encoding,
    types: &mut Types,
    log: &mut Log,
) -> Option<ArgumentKind> {
    if let Some(limit) = &argument.limit
        && !matches!(argument.ty.kind, TypeKind::Slice(_))
    {
        log.error(&limit.span, "only what is lent has a limit", "leave `up to` out");
    }
    let ty = types.resolve(&argument.ty, log)?;
    types.use_as(&ty, &argument.ty.span, encoding, log);
    Some(ArgumentKind::Value(ty))
}

fn lease(
    argument: &syntax::Argument,
    direction: Direction,
    idempotent: bool,
    log: &mut Log,
) -> Option<ArgumentKind> {
    let is_bytes = matches!(&argument.ty.kind, TypeKind::Slice(element)
        if matches!(&element.kind, TypeKind::Named(name) if name == "u8"));
    if !is_bytes {
        let help = "write `[u8]`; a value goes into the message, without `lend`";
        log.error(&argument.ty.span, "only bytes can be lent", help);
    }
    if idempotent && direction == Direction::ReadWrite {
        log.error(
            &argument.name.span,
            format!(
                "`{}` may have changed when an idempotent operation is repeated",
                argument.name.text
            ),
            "lend it one way, or leave `idempotent` out",
        );
    }
    let Some(limit) = &argument.limit else {
        let message = format!("`{}` has no limit", argument.name.text);
        log.error(
            &argument.ty.span,
            message,
            "write `[u8] up to 4096`, or another number of bytes",
        );
        return None;
    };
    let Some(bytes) = u32::try_from(limit.value).ok().filter(|&bytes| bytes > 0) else {
        let message = format!("{} cannot limit a lease", limit.value);
        log.error(&limit.span, message, "write a number of bytes from 1 to 4294967295");
        return None;
    };
    Some(ArgumentKind::Lease { direction, limit: bytes })
}

/// How the values of a message lie in it.
struct Message {
    fields: Vec<Field>,
    size: u64,
    padding: u64,
}

impl Message {
    /// Under a fixed layout in order of alignment, so that no gaps are between them.
    fn new(arguments: &[Argument], encoding: Encoding, types: &Types) -> Self {
        let mut fields: Vec<Field> = arguments.iter().filter_map(field).collect();
        if encoding == Encoding::Fixed {
            fields.sort_by_key(|field| std::cmp::Reverse(types.layout(&field.ty).align));
        }
        let mut at = 0_u64;
        for field in &mut fields {
            field.offset = at;
            at = at.saturating_add(size(&field.ty, encoding, types));
        }
        let align = match encoding {
            Encoding::Fixed => fields.first().map_or(1, |field| types.layout(&field.ty).align),
            Encoding::Ssmarshal => 1,
        };
        let size = at.next_multiple_of(align);
        Self { fields, size, padding: size - at }
    }
}

fn field(argument: &Argument) -> Option<Field> {
    match &argument.kind {
        ArgumentKind::Value(ty) => {
            Some(Field { name: argument.name.clone(), docs: Vec::new(), ty: ty.clone(), offset: 0 })
        }
        ArgumentKind::Lease { .. } => None,
    }
}

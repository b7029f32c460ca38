//! Operations: numbers, arguments, leases, and whether it all fits.

use super::types::Types;
use super::{arguments, encoding};
use crate::code::Code;
use crate::diagnostic::Log;
use crate::model::{
    Argument, ArgumentKind, Encoding, ErrorDef, Field, List, Operation, Returns, Type,
};
use crate::names::{self, Role};
use crate::syntax::{self, Interface, Name};

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
        log.error(Code::Empty, &interface.name.span, "this interface has no operations", help);
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
            log.error(Code::OperationNumber, &number.span, message, help);
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
        log.error(
            Code::OperationNumber,
            &written.number.span,
            message,
            "write a number from 1 to 65535",
        );
    }
    let encoding = written.encoding.as_ref().map_or(default, |name| encoding(name, log));
    let arguments = arguments::check(written, encoding, types, log);
    let message = Message::new(&arguments, encoding, types);
    if message.size > MAX {
        too_large(&written.name, "message", message.size, log);
    }
    let (result, result_size) = result(written, encoding, types, log);
    let error = written.error.as_ref().and_then(|name| error(name, errors, log));
    if result == Returns::Never {
        never(written, log);
    }
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
        list: message.list,
        result,
        result_size,
        error,
    }
}

/// What an operation cannot be if it does not return.
fn never(written: &syntax::Operation, log: &mut Log) {
    if let Some(error) = &written.error {
        let message = format!("`{}` does not return, not even with an error", written.name.text);
        log.error(
            Code::NeverReturns,
            &error.span,
            message,
            "leave `or` out; the server can still fault its caller",
        );
    }
    if written.idempotent {
        let message = format!("`{}` does not return, so it cannot be repeated", written.name.text);
        log.error(Code::NeverReturns, &written.name.span, message, "leave `idempotent` out");
    }
}

fn too_large(name: &Name, what: &str, size: u64, log: &mut Log) {
    let message = format!("the {what} of `{}` takes {size} bytes", name.text);
    let lent = size.min(u32::MAX.into());
    let help = format!("at most {MAX} fit; lend what is long: `lend data: [u8] up to {lent}`");
    log.error(Code::TooLarge, &name.span, message, help);
}

fn result(
    written: &syntax::Operation,
    encoding: Encoding,
    types: &mut Types,
    log: &mut Log,
) -> (Returns, u64) {
    let (ty, limit) = match &written.result {
        None => return (Returns::Nothing, 0),
        Some(syntax::Returns::Never) => return (Returns::Never, 0),
        Some(syntax::Returns::Value(ty, limit)) => (ty, limit),
    };
    let (found, size) = if arguments::is_list(ty, limit.as_ref()) {
        let Some(list) = arguments::list(ty, limit.as_ref(), encoding, types, log) else {
            return (Returns::Nothing, 0);
        };
        let size = types.layout(&list.element).size.saturating_mul(list.limit);
        (Returns::List(list), size)
    } else {
        arguments::no_limit(limit.as_ref(), log);
        let Some(found) = types.resolve(ty, log) else { return (Returns::Nothing, 0) };
        types.use_as(&found, &ty.span, encoding, log);
        let size = if types.is_good(&found) { size(&found, encoding, types) } else { 0 };
        (Returns::Value(found), size)
    };
    if size > MAX {
        too_large(&written.name, "answer", size, log);
    }
    (found, size)
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
        Code::ErrorPlace,
        &name.span,
        message,
        format!("declare it: `error {} {{ … }}`", names::camel(&name.text)),
    );
    None
}

/// How the values of a message lie in it.
struct Message {
    fields: Vec<Field>,
    size: u64,
    padding: u64,
    list: Option<(List, Field)>,
}

impl Message {
    /// Under a fixed layout in order of alignment, so that no gaps are between them; a list last.
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
        let list = arguments.iter().find_map(list_field);
        let list_align = list.as_ref().map_or(1, |(list, _)| types.layout(&list.element).align);
        let align = match encoding {
            Encoding::Fixed => fields.first().map_or(1, |field| types.layout(&field.ty).align),
            Encoding::Ssmarshal => 1,
        };
        let head = at.next_multiple_of(align.max(list_align));
        let mut whole = Self { fields, size: head, padding: head - at, list: None };
        if let Some((list, field)) = list {
            let most = types.layout(&list.element).size.saturating_mul(list.limit);
            whole.size = head.saturating_add(most);
            whole.list = Some((list, Field { offset: head, ..field }));
        }
        whole
    }
}

fn field(argument: &Argument) -> Option<Field> {
    match &argument.kind {
        ArgumentKind::Value(ty) => Some(place(argument, ty)),
        ArgumentKind::List(_) | ArgumentKind::Lease { .. } => None,
    }
}

fn list_field(argument: &Argument) -> Option<(List, Field)> {
    match &argument.kind {
        ArgumentKind::List(list) => Some((list.clone(), place(argument, &list.element))),
        ArgumentKind::Value(_) | ArgumentKind::Lease { .. } => None,
    }
}

fn place(argument: &Argument, ty: &Type) -> Field {
    Field { name: argument.name.clone(), docs: Vec::new(), ty: ty.clone(), offset: 0 }
}

//! Arguments: values, lists, leases.

use super::types::Types;
use crate::code::Code;
use crate::diagnostic::Log;
use crate::model::{Argument, ArgumentKind, Encoding, List};
use crate::names::{self, Role};
use crate::syntax::{self, Direction, Number, TypeKind};

/// Checks all arguments of an operation.
pub fn check(
    written: &syntax::Operation,
    encoding: Encoding,
    types: &mut Types,
    log: &mut Log,
) -> Vec<Argument> {
    names::unique(written.arguments.iter().map(|argument| &argument.name), "an argument", log);
    let mut arguments = Vec::new();
    let (mut leases, mut lists) = (0, 0);
    for argument in &written.arguments {
        names::check(&argument.name, Role::Argument, log);
        let kind = match argument.lend {
            None if is_list(&argument.ty, argument.limit.as_ref()) => {
                lists += 1;
                if lists == 2 {
                    let message = format!("`{}` is the second list", argument.name.text);
                    let help = "a message ends with one list; lend the other, or give it a length";
                    log.error(Code::ListTwice, &argument.name.span, message, help);
                }
                let limit = argument.limit.as_ref();
                list(&argument.ty, limit, encoding, types, log).map(ArgumentKind::List)
            }
            None => value(argument, encoding, types, log),
            Some(direction) => {
                leases += 1;
                if leases == abi::MAX_LEASES + 1 {
                    let help = "an operation has at most 16 leases";
                    log.error(
                        Code::LeaseCount,
                        &argument.name.span,
                        "this is the 17th lease",
                        help,
                    );
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
    no_limit(argument.limit.as_ref(), log);
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
        log.error(Code::LendsBytes, &argument.ty.span, "only bytes can be lent", help);
    }
    if idempotent && direction == Direction::ReadWrite {
        log.error(
            Code::InoutRepeated,
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
            Code::Limit,
            &argument.ty.span,
            message,
            "write `[u8] up to 4096`, or another number of bytes",
        );
        return None;
    };
    let Some(bytes) = u32::try_from(limit.value).ok().filter(|&bytes| bytes > 0) else {
        let message = format!("{} cannot limit a lease", limit.value);
        log.error(
            Code::Limit,
            &limit.span,
            message,
            "write a number of bytes from 1 to 4294967295",
        );
        return None;
    };
    Some(ArgumentKind::Lease { direction, limit: bytes, optional: argument.optional })
}

/// Whether `[T] up to N` is meant; `[T]` alone is when it cannot be anything else.
pub fn is_list(ty: &syntax::Type, limit: Option<&Number>) -> bool {
    matches!(ty.kind, TypeKind::Slice(_)) && limit.is_some()
}

/// Reports a limit where there is nothing to limit.
pub fn no_limit(limit: Option<&Number>, log: &mut Log) {
    if let Some(limit) = limit {
        log.error(
            Code::LimitForNothing,
            &limit.span,
            "only a list or what is lent has a limit",
            "leave `up to` out",
        );
    }
}

/// A list that travels in a message or answer.
pub fn list(
    ty: &syntax::Type,
    limit: Option<&Number>,
    encoding: Encoding,
    types: &mut Types,
    log: &mut Log,
) -> Option<List> {
    let (TypeKind::Slice(element), Some(limit)) = (&ty.kind, limit) else { return None };
    if encoding != Encoding::Fixed {
        let help = "let the operation have no `encoding`, lend it, or give it a length";
        log.error(Code::Unpackable, &ty.span, "ssmarshal carries no lists", help);
        return None;
    }
    let found = types.resolve(element, log)?;
    types.use_as(&found, &element.span, encoding, log);
    let Some(count) = u64::try_from(limit.value).ok().filter(|&count| count > 0) else {
        let message = format!("{} cannot limit a list", limit.value);
        log.error(Code::Limit, &limit.span, message, "write a number of elements, at least 1");
        return None;
    };
    types.is_good(&found).then_some(List { element: found, limit: count })
}

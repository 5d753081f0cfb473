//! Which names of the scope a compiled text reads.
//!
//! Inside `{{#each}}` and `{{#with}}` a name is the item's own: `this`, `this.x`, a block parameter, or a
//! bare word. It is the scope's when it begins with one of the scope's roots, climbs out by `../`, or when
//! the block names its item (`as |item|`), so that only the item's name means the item. Each name of the
//! scope is rewritten to `@root.…`, so that the renderer cannot see it otherwise than this module did;
//! and what is printed or decided upon goes through [`SHOW`] and [`GIVEN`], which refuse what is not there.

use std::collections::HashMap;
use std::ops::Range;

use handlebars::template::{BlockParam, HelperTemplate, Parameter, Subexpression, TemplateElement};

use super::block::Words;
use super::error::TemplateError;
use crate::scope::{Position, ROOTS, Read};

/// The name under which a value is printed.
pub(super) const SHOW: &str = "@show";
/// The name under which the subject of a block is checked.
pub(super) const GIVEN: &str = "@given";

/// Finds every read of a compiled text and makes its names unmistakable.
pub(super) fn resolve(template: &mut handlebars::Template, words: Words) -> Result<Vec<Read>, TemplateError> {
    let mut resolver = Resolver { words, blocks: Vec::new(), branches: 0, reads: Vec::new() };
    resolver.template(template)?;
    let mut reads = resolver.reads;
    reads.sort_by_key(|read| read.span.start);
    Ok(reads)
}

/// The expression that is the whole of a resolved text, if it is one.
pub(super) fn only_expression(template: &handlebars::Template) -> Option<&Parameter> {
    match template.elements.as_slice() {
        [TemplateElement::Expression(only) | TemplateElement::HtmlExpression(only)] => only.params.first(),
        _ => None,
    }
}

/// A block whose body has an item of its own.
struct Block {
    params: Vec<String>,
}

struct Resolver {
    words: Words,
    blocks: Vec<Block>,
    /// How many branches that may not be taken we are in.
    branches: usize,
    reads: Vec<Read>,
}

impl Resolver {
    fn template(&mut self, template: &mut handlebars::Template) -> Result<(), TemplateError> {
        let elements = std::mem::take(&mut template.elements);
        let mut places = std::mem::take(&mut template.mapping).into_iter();
        for mut element in elements {
            let place = places.next();
            match &mut element {
                TemplateElement::Expression(expression) | TemplateElement::HtmlExpression(expression) => {
                    self.expression(expression)?;
                }
                TemplateElement::HelperBlock(block) => {
                    template.elements.push(self.block(block)?);
                    template.mapping.extend(place.clone());
                }
                _ => {}
            }
            template.elements.push(element);
            template.mapping.extend(place);
        }
        Ok(())
    }

    /// Turns `{{ x }}` and `{{ upper x }}` into something to show.
    fn expression(&mut self, expression: &mut HelperTemplate) -> Result<(), TemplateError> {
        let name = std::mem::replace(&mut expression.name, Parameter::Name(SHOW.to_owned()));
        let params = std::mem::take(&mut expression.params);
        let hash = std::mem::take(&mut expression.hash);
        let mut shown = match name {
            Parameter::Name(_) => Parameter::Subexpression(Subexpression::new(name, params, hash)),
            other => other,
        };
        self.parameter(&mut shown, Position::Output, false)?;
        expression.params = vec![shown];
        Ok(())
    }

    /// Resolves a block; answers the element that checks its subject, to be put before it.
    fn block(&mut self, block: &mut HelperTemplate) -> Result<TemplateElement, TemplateError> {
        let name = block.name.as_name().unwrap_or_default().to_owned();
        let holds_item = matches!(name.as_str(), "each" | "with");
        let position = if holds_item { Position::Iterated } else { Position::Condition };
        self.parameters(&mut block.params, position)?;
        let mut checked = block.params.clone();
        checked.push(Parameter::Literal(name.into()));
        let check = Subexpression::new(Parameter::Name(GIVEN.to_owned()), checked, HashMap::new());

        self.branches += 1;
        if let Some(body) = &mut block.template {
            if holds_item {
                self.blocks.push(Block { params: names_of(block.block_param.as_ref()) });
            }
            let resolved = self.template(body);
            if holds_item {
                self.blocks.pop();
            }
            resolved?;
        }
        if let Some(inverse) = &mut block.inverse {
            self.template(inverse)?;
        }
        self.branches -= 1;
        Ok(*check.element)
    }

    fn parameters(&mut self, parameters: &mut [Parameter], position: Position) -> Result<(), TemplateError> {
        parameters.iter_mut().try_for_each(|parameter| self.parameter(parameter, position, false))
    }

    fn parameter(&mut self, parameter: &mut Parameter, at: Position, guarded: bool) -> Result<(), TemplateError> {
        match parameter {
            Parameter::Path(path) => {
                let raw = Parameter::Path(path.clone()).as_name().unwrap_or_default().to_owned();
                let span = self.words.get_mut(&raw).and_then(|places| places.pop_front()).unwrap_or(0..0);
                if let Some(rest) = self.scope_name(&raw, &span)? {
                    let rooted = format!("@root.{rest}");
                    *path = handlebars::Path::parse(&rooted)
                        .map_err(|_| TemplateError::new(span.clone(), format!("`{raw}` is no name")))?;
                    let conditional = self.branches > 0;
                    self.reads.push(Read { path: segments(&rest), span, guarded, conditional, position: at });
                }
                Ok(())
            }
            Parameter::Subexpression(call) => match call.element.as_mut() {
                TemplateElement::Expression(call) => self.call(call, at),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Resolves a helper's values. What it makes of them is no longer what was read, unless that decides a block.
    fn call(&mut self, call: &mut HelperTemplate, at: Position) -> Result<(), TemplateError> {
        let at = if at == Position::Condition { at } else { Position::Argument };
        let guards = call.name.as_name() == Some("default");
        let last = call.params.len().saturating_sub(1);
        for (index, parameter) in call.params.iter_mut().enumerate() {
            self.parameter(parameter, at, guards && index < last)?;
        }
        let mut named: Vec<_> = call.hash.iter_mut().collect();
        named.sort_by_key(|(name, _)| name.as_str());
        named.into_iter().try_for_each(|(_, parameter)| self.parameter(parameter, at, false))
    }

    /// The name within the scope that a word means, or nothing when it means a part of an item.
    fn scope_name(&self, raw: &str, span: &Range<usize>) -> Result<Option<String>, TemplateError> {
        let nonsense = |hint: &str| {
            Err(TemplateError::new(span.clone(), format!("`{raw}` means nothing outside of `{{{{#each}}}}`"))
                .hint(hint))
        };
        if let Some(rest) = raw.strip_prefix("@root.").or_else(|| raw.strip_prefix("@root/")) {
            return Ok(Some(rest.to_owned()));
        }
        if raw.starts_with('@') {
            return if self.blocks.is_empty() { nonsense("drop it, or begin a block") } else { Ok(None) };
        }
        let mut rest = raw;
        while let Some(outer) = rest.strip_prefix("../") {
            rest = outer;
        }
        let climbs = (raw.len() - rest.len()) / "../".len();
        if climbs > self.blocks.len() {
            return nonsense("drop the `../`");
        }
        let own = ["this.", "this/", "./"].into_iter().find_map(|prefix| rest.strip_prefix(prefix));
        let Some(item) = self.blocks.len().checked_sub(climbs + 1).map(|at| &self.blocks[at]) else {
            return match own.or((rest != "this").then_some(rest)) {
                Some(name) => Ok(Some(name.to_owned())),
                None => nonsense("write the name of a value: `{{ inputs.x }}`"),
            };
        };
        if own.is_some() || rest == "this" || climbs > 0 {
            return Ok(None);
        }
        let first = segments(rest).into_iter().next().unwrap_or_default();
        if self.blocks.iter().any(|block| block.params.contains(&first)) {
            return Ok(None);
        }
        let is_scope = !item.params.is_empty() || ROOTS.contains(&first.as_str());
        Ok(is_scope.then(|| rest.to_owned()))
    }
}

fn names_of(params: Option<&BlockParam>) -> Vec<String> {
    let name = |parameter: &Parameter| parameter.as_name().unwrap_or_default().to_owned();
    match params {
        None => Vec::new(),
        Some(BlockParam::Single(one)) => vec![name(one)],
        Some(BlockParam::Pair((one, two))) => vec![name(one), name(two)],
        // The type may grow; a form that we do not know names nothing that we can see.
        Some(_) => Vec::new(),
    }
}

/// The parts of a name: `a.b.[c d]` has three.
pub(super) fn segments(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let (part, after) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((part, after)) => (part, after),
            None => rest.split_at(rest.find(['.', '/']).unwrap_or(rest.len())),
        };
        parts.push(part.to_owned());
        rest = after.strip_prefix(['.', '/']).unwrap_or(after);
    }
    parts
}

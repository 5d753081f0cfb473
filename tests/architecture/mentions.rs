//! What a file names: every path of its `use` trees, its code and its macros, with the line.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// A path as it is written.
pub struct Written {
    /// Its segments; a last `*` stands for all there is.
    pub segments: Vec<String>,
    /// The line it begins on, from 1.
    pub line: usize,
    /// The inline modules around it.
    pub within: Vec<String>,
    /// The name it has from here on, when a `use` brings it in.
    pub alias: Option<String>,
    /// Whether it begins with `::`.
    pub is_absolute: bool,
}

/// A `mod` line that leads to another file.
pub struct Child {
    /// The module's name, after those of the inline modules around it.
    pub path: Vec<String>,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
}

/// Collects what one file names.
#[derive(Default)]
pub struct Reader {
    /// Every path, as it is written.
    pub written: Vec<Written>,
    /// The modules that have files of their own.
    pub children: Vec<Child>,
    within: Vec<String>,
}

impl Reader {
    fn note(&mut self, segments: Vec<String>, line: usize) {
        let within = self.within.clone();
        self.written.push(Written { segments, line, within, alias: None, is_absolute: false });
    }

    fn note_use(&mut self, tree: &UseTree, before: &mut Vec<String>, is_absolute: bool) {
        let (last, alias) = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.note_use(&path.tree, before, is_absolute);
                before.pop();
                return;
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.note_use(tree, before, is_absolute));
                return;
            }
            UseTree::Name(name) => (name.ident.to_string(), Some(name.ident.to_string())),
            UseTree::Rename(rename) => (rename.ident.to_string(), Some(rename.rename.to_string())),
            UseTree::Glob(_) => ("*".to_owned(), None),
        };
        let is_self = last == "self" && !before.is_empty();
        let alias = if is_self && alias.as_deref() == Some("self") { before.last().cloned() } else { alias };
        let segments = before.iter().cloned().chain((!is_self).then_some(last)).collect();
        let line = tree.span().start().line;
        self.written.push(Written { segments, line, within: self.within.clone(), alias, is_absolute });
    }

    /// Finds `a::b` and `.now` among tokens that have no grammar: the inside of macros and attributes.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let (mut colons, mut is_call) = (0, false);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if is_call && name == "now" {
                        self.note(vec![".now".to_owned()], name.span().start().line);
                    }
                    if colons != 2 {
                        self.end_path(&mut path, line);
                        line = name.span().start().line;
                    }
                    path.push(name.to_string());
                    (colons, is_call) = (0, false);
                }
                TokenTree::Punct(punct) => {
                    colons = if punct.as_char() == ':' { colons + 1 } else { 0 };
                    is_call = punct.as_char() == '.';
                }
                TokenTree::Group(group) => {
                    self.end_path(&mut path, line);
                    (colons, is_call) = (0, false);
                    self.note_tokens(group.stream());
                }
                TokenTree::Literal(literal) => self.note_literal(&literal),
            }
        }
        self.end_path(&mut path, line);
    }

    fn end_path(&mut self, path: &mut Vec<String>, line: usize) {
        let segments = std::mem::take(path);
        if segments.len() > 1 {
            self.note(segments, line);
        }
    }

    /// A path in quotes, as `#[serde(with = "crate::…")]` takes it.
    fn note_literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        if let Some(path) = text.strip_prefix("\"crate::") {
            let rest = path.trim_end_matches('"').split("::").map(str::to_owned);
            self.note(std::iter::once("crate".to_owned()).chain(rest).collect(), literal.span().start().line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        } else if let Item::Mod(module) = item
            && module.content.is_none()
        {
            self.children.push(Child { path: nested(&self.within, &module.ident), is_test: true });
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_none() {
            self.children.push(Child { path: nested(&self.within, &module.ident), is_test: false });
            return;
        }
        self.within.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.within.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_use(&item.tree, &mut Vec::new(), item.leading_colon.is_some());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.note(vec![item.ident.to_string()], item.span().start().line);
    }

    /// `pub(crate)` and `pub(super)` import nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.note(segments, path.span().start().line);
            if let Some(last) = self.written.last_mut() {
                last.is_absolute = path.leading_colon.is_some();
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "now" {
            self.note(vec![".now".to_owned()], call.method.span().start().line);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.note_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.note_tokens(list.tokens.clone());
        }
    }
}

fn nested(within: &[String], name: &syn::Ident) -> Vec<String> {
    within.iter().cloned().chain([name.to_string()]).collect()
}

/// Tells whether an item is compiled for tests only: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return attribute.path().is_ident("test") };
        let condition = list.tokens.to_string().replace(' ', "");
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

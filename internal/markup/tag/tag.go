// Package tag has the elements and attributes of HTML that pages use. gomponents writes and escapes them. Its own functions are inlined at
// each call together with all that they do, which made 2 MB of the program; those of this package are calls.
package tag

import g "maragu.dev/gomponents"

// El is an element with its attributes and what it holds.
//
//go:noinline
func El(name string, nodes ...g.Node) g.Node { return g.El(name, nodes...) }

// Attr is an attribute with its value.
//
//go:noinline
func Attr(name, value string) g.Node { return g.Attr(name, value) }

// Flag is an attribute that is there or not.
//
//go:noinline
func Flag(name string) g.Node { return g.Attr(name) }

// Text is a text, escaped.
//
//go:noinline
func Text(s string) g.Node { return g.Text(s) }

// Raw is what the program itself has written: marks and space, never a text from outside.
//
//go:noinline
func Raw(s string) g.Node { return g.Raw(s) }

// Doctype begins a page.
func Doctype(page g.Node) g.Node { return g.Group{Raw("<!DOCTYPE html>"), page} }

// Aria and Data are attributes that begin so.
func Aria(name, value string) g.Node { return Attr("aria-"+name, value) }

// Data is one for scripts and styles.
func Data(name, value string) g.Node { return Attr("data-"+name, value) }

// The elements.
func A(nodes ...g.Node) g.Node        { return El("a", nodes...) }
func Body(nodes ...g.Node) g.Node     { return El("body", nodes...) }
func Br(nodes ...g.Node) g.Node       { return El("br", nodes...) }
func Button(nodes ...g.Node) g.Node   { return El("button", nodes...) }
func Caption(nodes ...g.Node) g.Node  { return El("caption", nodes...) }
func Code(nodes ...g.Node) g.Node     { return El("code", nodes...) }
func DataList(nodes ...g.Node) g.Node { return El("datalist", nodes...) }
func Dd(nodes ...g.Node) g.Node       { return El("dd", nodes...) }
func Details(nodes ...g.Node) g.Node  { return El("details", nodes...) }
func Div(nodes ...g.Node) g.Node      { return El("div", nodes...) }
func Dl(nodes ...g.Node) g.Node       { return El("dl", nodes...) }
func Dt(nodes ...g.Node) g.Node       { return El("dt", nodes...) }
func Em(nodes ...g.Node) g.Node       { return El("em", nodes...) }
func FieldSet(nodes ...g.Node) g.Node { return El("fieldset", nodes...) }
func Footer(nodes ...g.Node) g.Node   { return El("footer", nodes...) }
func Form(nodes ...g.Node) g.Node     { return El("form", nodes...) }
func H1(nodes ...g.Node) g.Node       { return El("h1", nodes...) }
func H2(nodes ...g.Node) g.Node       { return El("h2", nodes...) }
func H3(nodes ...g.Node) g.Node       { return El("h3", nodes...) }
func H4(nodes ...g.Node) g.Node       { return El("h4", nodes...) }
func HTML(nodes ...g.Node) g.Node     { return El("html", nodes...) }
func Head(nodes ...g.Node) g.Node     { return El("head", nodes...) }
func Header(nodes ...g.Node) g.Node   { return El("header", nodes...) }
func Input(nodes ...g.Node) g.Node    { return El("input", nodes...) }
func Label(nodes ...g.Node) g.Node    { return El("label", nodes...) }
func Legend(nodes ...g.Node) g.Node   { return El("legend", nodes...) }
func Li(nodes ...g.Node) g.Node       { return El("li", nodes...) }
func Link(nodes ...g.Node) g.Node     { return El("link", nodes...) }
func Main(nodes ...g.Node) g.Node     { return El("main", nodes...) }
func Meta(nodes ...g.Node) g.Node     { return El("meta", nodes...) }
func Nav(nodes ...g.Node) g.Node      { return El("nav", nodes...) }
func Ol(nodes ...g.Node) g.Node       { return El("ol", nodes...) }
func Option(nodes ...g.Node) g.Node   { return El("option", nodes...) }
func P(nodes ...g.Node) g.Node        { return El("p", nodes...) }
func Progress(nodes ...g.Node) g.Node { return El("progress", nodes...) }
func Q(nodes ...g.Node) g.Node        { return El("q", nodes...) }
func Script(nodes ...g.Node) g.Node   { return El("script", nodes...) }
func Section(nodes ...g.Node) g.Node  { return El("section", nodes...) }
func Select(nodes ...g.Node) g.Node   { return El("select", nodes...) }
func Span(nodes ...g.Node) g.Node     { return El("span", nodes...) }
func Strong(nodes ...g.Node) g.Node   { return El("strong", nodes...) }
func StyleEl(nodes ...g.Node) g.Node  { return El("style", nodes...) }
func Summary(nodes ...g.Node) g.Node  { return El("summary", nodes...) }
func TBody(nodes ...g.Node) g.Node    { return El("tbody", nodes...) }
func THead(nodes ...g.Node) g.Node    { return El("thead", nodes...) }
func Table(nodes ...g.Node) g.Node    { return El("table", nodes...) }
func Td(nodes ...g.Node) g.Node       { return El("td", nodes...) }
func Textarea(nodes ...g.Node) g.Node { return El("textarea", nodes...) }
func Th(nodes ...g.Node) g.Node       { return El("th", nodes...) }
func TitleEl(nodes ...g.Node) g.Node  { return El("title", nodes...) }
func Tr(nodes ...g.Node) g.Node       { return El("tr", nodes...) }
func Ul(nodes ...g.Node) g.Node       { return El("ul", nodes...) }
func Wbr(nodes ...g.Node) g.Node      { return El("wbr", nodes...) }

// The attributes.
func Action(value string) g.Node       { return Attr("action", value) }
func AutoComplete(value string) g.Node { return Attr("autocomplete", value) }
func Charset(value string) g.Node      { return Attr("charset", value) }
func Class(value string) g.Node        { return Attr("class", value) }
func Content(value string) g.Node      { return Attr("content", value) }
func EncType(value string) g.Node      { return Attr("enctype", value) }
func For(value string) g.Node          { return Attr("for", value) }
func Height(value string) g.Node       { return Attr("height", value) }
func Href(value string) g.Node         { return Attr("href", value) }
func ID(value string) g.Node           { return Attr("id", value) }
func Lang(value string) g.Node         { return Attr("lang", value) }
func List(value string) g.Node         { return Attr("list", value) }
func Max(value string) g.Node          { return Attr("max", value) }
func Method(value string) g.Node       { return Attr("method", value) }
func Name(value string) g.Node         { return Attr("name", value) }
func Placeholder(value string) g.Node  { return Attr("placeholder", value) }
func Rel(value string) g.Node          { return Attr("rel", value) }
func Role(value string) g.Node         { return Attr("role", value) }
func Rows(value string) g.Node         { return Attr("rows", value) }
func Scope(value string) g.Node        { return Attr("scope", value) }
func Src(value string) g.Node          { return Attr("src", value) }
func TabIndex(value string) g.Node     { return Attr("tabindex", value) }
func Type(value string) g.Node         { return Attr("type", value) }
func Value(value string) g.Node        { return Attr("value", value) }
func Width(value string) g.Node        { return Attr("width", value) }

// The attributes without values.
func AutoFocus() g.Node { return Flag("autofocus") }
func Checked() g.Node   { return Flag("checked") }
func Disabled() g.Node  { return Flag("disabled") }
func Download() g.Node  { return Flag("download") }
func ReadOnly() g.Node  { return Flag("readonly") }
func Selected() g.Node  { return Flag("selected") }

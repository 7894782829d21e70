// Package manpage writes manual pages from the descriptions of commands, the same that --help shows.
package manpage

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// section is that of commands for users.
const section = "1"

// Manual makes the pages of a program.
type Manual struct {
	Version string
	Usages  func(*pflag.FlagSet) string // what help shows of flags, one a line
}

// Pages are the manual pages of a command and of all below it that help lists, in roff with the macros of man(7), by the names
// of their files. They have no date: the same program writes the same pages.
func (m Manual) Pages(cmd *cobra.Command) map[string][]byte {
	pages := map[string][]byte{name(cmd) + "." + section: []byte(m.page(cmd))}
	for _, sub := range subcommands(cmd) {
		maps.Copy(pages, m.Pages(sub))
	}
	return pages
}

// name is that of a command's page.
func name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func subcommands(cmd *cobra.Command) (all []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			all = append(all, sub)
		}
	}
	return all
}

func (m Manual) page(cmd *cobra.Command) string {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	var p page
	root := cmd.Root().Name()
	p.request("TH", strings.ToUpper(name(cmd)), section, "", root+" "+m.Version, root+" manual")
	p.line(".nh") // a command or a path with a hyphen of its own is another
	p.line(".ad l")
	p.heading("NAME")
	p.text(name(cmd) + " - " + cmd.Short)
	p.heading("SYNOPSIS")
	p.request("B", cmd.UseLine())
	subs := subcommands(cmd)
	if len(subs) > 0 {
		p.line(".br")
		p.request("B", cmd.CommandPath()+" [command]")
	}
	if len(cmd.Aliases) > 0 {
		p.heading("ALIASES")
		p.text(cmd.NameAndAliases())
	}
	p.heading("DESCRIPTION")
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	p.paragraphs(long)
	if len(subs) > 0 {
		p.heading("COMMANDS")
		for _, sub := range subs {
			p.item(reference(name(sub)), sub.Short)
		}
	}
	for _, flags := range []struct {
		title string
		set   *pflag.FlagSet
	}{{"OPTIONS", cmd.LocalFlags()}, {"GLOBAL OPTIONS", cmd.InheritedFlags()}} {
		if flags.set.HasAvailableFlags() {
			p.heading(flags.title)
			p.flags(m.Usages(flags.set))
		}
	}
	if cmd.Example != "" {
		p.heading("EXAMPLES")
		p.block(strings.Split(strings.Trim(cmd.Example, "\n"), "\n"))
	}
	if references := others(cmd, subs); len(references) > 0 {
		p.heading("SEE ALSO")
		p.line(strings.Join(references, ",\n"))
	}
	return p.String()
}

// others are the references to the pages above and below a command's.
func others(cmd *cobra.Command, subs []*cobra.Command) (all []string) {
	if cmd.HasParent() {
		all = append(all, reference(name(cmd.Parent())))
	}
	for _, sub := range subs {
		all = append(all, reference(name(sub)))
	}
	return all
}

func reference(page string) string { return `\fB` + escape(page) + `\fR(` + section + `)` }

// page is the text of a manual page.
type page struct{ strings.Builder }

func (p *page) line(text string) { p.WriteString(text + "\n") }

func (p *page) request(macro string, args ...string) {
	p.WriteString("." + macro)
	for _, arg := range args {
		p.WriteString(` "` + escape(arg) + `"`)
	}
	p.WriteString("\n")
}

func (p *page) heading(title string) { p.request("SH", title) }

// text is a line that is filled; what would be a request at its begin is none.
func (p *page) text(text string) {
	text = escape(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, `\(aq`) {
		text = `\&` + text
	}
	p.line(text)
}

// paragraphs are texts between empty lines; indented lines stay as they are.
func (p *page) paragraphs(text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			p.line(".PP")
		}
		lines := strings.Split(paragraph, "\n")
		for len(lines) > 0 {
			end := 0
			for end < len(lines) && indented(lines[end]) {
				end++
			}
			if end > 0 {
				p.block(lines[:end])
				lines = lines[end:]
				continue
			}
			p.text(lines[0])
			lines = lines[1:]
		}
	}
}

func indented(line string) bool { return strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") }

// block is lines that stay as they are.
func (p *page) block(lines []string) {
	p.line(".RS 4")
	p.line(".EX")
	for _, line := range lines {
		p.text(strings.TrimSpace(line))
	}
	p.line(".EE")
	p.line(".RE")
}

// item is a term, in roff, and what it means.
func (p *page) item(term, text string) {
	p.line(".TP")
	p.line(term)
	p.text(text)
}

// usage is a line of help about a flag: its names, its value, of one or more words, and what it does.
var usage = regexp.MustCompile(`^ *((?:-\w, )?--[\w-]+)(?: (\S+(?: \S+)*))? {3,}(.*)$`)

func (p *page) flags(usages string) {
	for line := range strings.Lines(usages) {
		parts := usage.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if parts == nil {
			panic(fmt.Sprintf("help shows a flag in another form: %q", line))
		}
		term := `\fB` + escape(parts[1]) + `\fR`
		if parts[2] != "" {
			term += ` \fI` + escape(parts[2]) + `\fR`
		}
		p.item(term, parts[3])
	}
}

// special are the characters that roff reads otherwise than as themselves, or sets as another.
var special = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, `"`, `\(dq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "\t", "    ",
	"|", `|\:`) // a list of words may break behind each

func escape(text string) string {
	var out strings.Builder
	for _, r := range special.Replace(text) {
		if r < 0x80 {
			out.WriteRune(r)
		} else {
			fmt.Fprintf(&out, `\[u%04X]`, r)
		}
	}
	return out.String()
}

// Package prose writes the texts that stand in no page of Markdown, as Markdown for a prose linter: the METADATA of the
// policies and the help of the program. Each text keeps its file's path and its line, so that what the linter finds can be
// found in the source.
package prose

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const help = "cmd/raci-check/testdata/frozen/help*.txt"

// Write writes the texts of the repository in the working folder to a folder.
func Write(folder string) error {
	policies := 0
	err := filepath.WalkDir("policies", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".rego" || strings.HasSuffix(path, "_test.rego") {
			return err
		}
		policies++
		return convert(path, folder, metadata)
	})
	if err != nil {
		return err
	}
	pages, err := filepath.Glob(help)
	if err != nil {
		return err
	}
	if policies == 0 || len(pages) == 0 {
		return fmt.Errorf("%d policies and %d pages of help: is this the root of the repository?", policies, len(pages))
	}
	for _, path := range pages {
		if err := convert(path, folder, manual); err != nil {
			return err
		}
	}
	return nil
}

// convert writes the texts of a file, by line, to the same path below folder.
func convert(path, folder string, read func(lines []string) ([]string, error)) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	texts, err := read(strings.Split(string(content), "\n"))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	target := filepath.Join(folder, path+".md")
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, []byte(strings.Join(texts, "\n")+"\n"), 0o644)
}

// metadata is the texts of METADATA, each as an item of a list, for neighbours are no paragraph.
func metadata(lines []string) ([]string, error) {
	texts := make([]string, len(lines))
	for i := 0; i < len(lines); i++ {
		if lines[i] != "# METADATA" {
			continue
		}
		var block bytes.Buffer
		first := i + 1
		for i++; i < len(lines) && strings.HasPrefix(lines[i], "#"); i++ {
			block.WriteString(strings.TrimPrefix(strings.TrimPrefix(lines[i], "#"), " ") + "\n")
		}
		var document yaml.Node
		if err := yaml.Unmarshal(block.Bytes(), &document); err != nil {
			return nil, fmt.Errorf("METADATA at line %d: %w", first, err)
		}
		for _, node := range document.Content {
			collect(node, func(text *yaml.Node) { texts[first+text.Line-1] = "- " + sentence(text.Value) })
		}
	}
	return texts, nil
}

// codes are the keys of METADATA whose values are no prose: names, places and references.
var codes = []string{"id", "duty", "severity", "evidence", "params", "controls", "source", "schemas", "scope", "entrypoint", "related_resources", "authors", "organizations"}

func collect(node *yaml.Node, take func(*yaml.Node)) {
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!str" && strings.Contains(strings.TrimSpace(node.Value), " ") { // a single word is a name
			take(node)
		}
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			if !slices.Contains(codes, node.Content[i].Value) {
				collect(node.Content[i+1], take)
			}
		}
	default:
		for _, child := range node.Content {
			collect(child, take)
		}
	}
}

var (
	gap     = regexp.MustCompile(`\s{2,}`)
	heading = regexp.MustCompile(`^[A-Z][A-Za-z ]*:$`)
)

// manual is the prose of a page of help, and what it says about each command and option, as an item of a list.
func manual(lines []string) ([]string, error) {
	texts := make([]string, len(lines))
	section, last := "", -1 // last is the item that a line without a name goes on with
	scanner := bufio.NewScanner(strings.NewReader(strings.Join(lines, "\n")))
	for i := 0; scanner.Scan(); i++ {
		line := scanner.Text()
		fields := gap.Split(strings.TrimSpace(line), -1)
		switch {
		case heading.MatchString(line):
			section, last = line, -1
		case section == "":
			texts[i] = sentence(line)
		case len(fields) > 1 && section != "Examples:" && section != "Usage:":
			texts[i], last = "- "+sentence(fields[len(fields)-1]), i
		case section == "Flags:" && strings.HasPrefix(fields[0], "-"): // what it is for stands on the next lines
			last = -1
		case section == "Flags:" && fields[0] != "" && last < 0:
			texts[i], last = "- "+sentence(fields[0]), i
		case section == "Flags:" && fields[0] != "":
			texts[last] += " " + sentence(fields[0])
		}
	}
	return texts, scanner.Err()
}

var (
	placeholder = regexp.MustCompile(`\{[^{}]*\}|%[-+#0-9.]*[a-z]`)
	code        = regexp.MustCompile(`^-|[=/*_<>\[\]]|\w[.:]\w|[a-z][A-Z]`)
)

// sentence is a text on one line, with code as code, and a word for each value that is filled in.
func sentence(text string) string {
	words := strings.Fields(placeholder.ReplaceAllString(text, "Value"))
	for i, word := range words {
		trimmed := strings.TrimRight(strings.TrimLeft(word, "("), ").,;:")
		if code.MatchString(trimmed) && !strings.Contains(word, "`") {
			words[i] = strings.Replace(word, trimmed, "`"+trimmed+"`", 1)
		}
	}
	return strings.Join(words, " ")
}

package describe

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/translate"
)

// listedFramework is a framework in JSON.
type listedFramework struct {
	ID           string                     `json:"id"`
	Title        string                     `json:"title"`
	Version      string                     `json:"version"`
	Published    string                     `json:"published"`
	Source       string                     `json:"source"`
	List         string                     `json:"list"`
	Binds        string                     `json:"binds"`
	Partial      bool                       `json:"partial"` // further requirements are not listed
	Requirements int                        `json:"requirements"`
	Best         map[framework.Relation]int `json:"best_relation"` // how many requirements have a check of this relation and of none stronger
	Without      int                        `json:"without_check"`
}

// Frameworks writes the frameworks that an assessment can be seen from, as text or json.
func Frameworks(rules ruleset.Ruleset, language *translate.Translator, w io.Writer, format string) error {
	ids, err := rules.FrameworkIDs()
	if err != nil {
		return err
	}
	all := []listedFramework{}
	for _, id := range ids {
		f, err := rules.Framework(id)
		if err != nil {
			return err
		}
		if format != "json" {
			f = language.Framework(f)
		}
		all = append(all, list(f))
	}
	if format == "json" {
		return writeJSON(w, all)
	}
	var out strings.Builder
	say := language.Words()
	for _, f := range all {
		fmt.Fprintf(&out, "%-16s %s\n", f.ID, f.Title)
		rest := ""
		if f.Partial {
			rest = say.Text(", nor those that are not listed")
		}
		fmt.Fprintf(&out, "%-16s %s%s\n", "", say.Say("%d requirements: checks show %d in full, %d in part, and are related to %d; nothing here can show %d",
			f.Requirements, f.Best[framework.Full], f.Best[framework.Part], f.Best[framework.Related], f.Without), rest)
	}
	_, err = io.WriteString(w, sanitize.Lines(out.String()))
	return err
}

func list(f framework.Framework) listedFramework {
	listed := listedFramework{
		ID: f.ID, Title: f.Title, Version: f.Version, Published: f.Published, Source: f.Source, List: f.List, Binds: f.Binds, Partial: f.Partial,
		Requirements: len(f.Requirements), Best: map[framework.Relation]int{},
	}
	for _, requirement := range f.Requirements {
		relations := slices.Collect(maps.Values(requirement.Checks))
		if len(relations) == 0 {
			listed.Without++
			continue
		}
		slices.SortFunc(relations, func(a, b framework.Relation) int {
			return slices.Index(framework.Relations, a) - slices.Index(framework.Relations, b)
		})
		listed.Best[relations[0]]++
	}
	return listed
}

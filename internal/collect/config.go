package collect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/suggest"
)

// Config is what is collected from: a file of kind Collect, or what flags say.
type Config struct {
	Service Service
	Sources []Configured
}

// Configured is one source with its options.
type Configured struct {
	Kind   Kind
	Values Values
	// Place answers where an option is given, for errors; nil for flags.
	Place func(option string) *document.Error
	// Name is that of the source in a session; empty elsewhere.
	Name string
}

// ConfigSchema is the JSON Schema of a file of kind Collect, for the kinds of sources that there are.
func ConfigSchema(kinds []Kind) []byte {
	text := func(description string) map[string]any {
		return map[string]any{"type": "string", "minLength": 1, "description": description}
	}
	var names []string
	properties := map[string]any{}
	usages := map[string][]string{}
	for _, kind := range kinds {
		names = append(names, kind.Name)
		for _, option := range kind.Options {
			usages[option.Name] = append(usages[option.Name], fmt.Sprintf("%s: %s", kind.Name, strings.ReplaceAll(option.Usage, "`", "")))
			form := text(strings.Join(usages[option.Name], "; "))
			if option.List {
				form = map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"type": "string", "minLength": 1}, "description": form["description"]}
			}
			properties[option.Name] = form
		}
	}
	properties["source"] = map[string]any{"type": "string", "enum": names, "description": "Kind of source."}
	service := map[string]any{
		"type": "object", "additionalProperties": false, "required": []string{"id"}, "description": "The OKMS domain that is collected.",
		"properties": map[string]any{
			"id":     map[string]any{"type": "string", "format": "uuid", "description": "OKMS domain id, a UUID."},
			"name":   text("Display name of the domain."),
			"region": map[string]any{"type": "string", "pattern": "^[a-z]+(-[a-z]+)+$", "description": "Region of the domain as the API spells it, such as eu-west-par."},
		},
	}
	encoded, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Collect",
		"description": "The sources of evidence. This file has no secrets: sources read them from the environment or from files. Paths are relative to the folder of this file.",
		"type":        "object", "additionalProperties": false, "required": []string{"api_version", "kind", "service", "sources"},
		"properties": map[string]any{
			"api_version": map[string]any{"type": "string", "const": "raci-check/v1", "description": "Version of this format."},
			"kind":        map[string]any{"type": "string", "const": "Collect", "description": "Always Collect."},
			"service":     service,
			"sources": map[string]any{
				"type": "array", "minItems": 1, "description": "The sources, read in parallel.",
				"items": map[string]any{"type": "object", "additionalProperties": false, "required": []string{"source"}, "properties": properties},
			},
		},
	}, "", "  ")
	if err != nil {
		panic(err) // texts and maps
	}
	return append(encoded, '\n')
}

// maxConfig is the largest file of kind Collect, in bytes.
const maxConfig = 1 << 20

func ReadConfig(name string, kinds []Kind) (Config, error) {
	doc, _, err := document.ReadFile("", name, document.DefaultLimits.WithBytes(maxConfig))
	if err != nil {
		return Config{}, err
	}
	return ConfigOf(doc, kinds)
}

func ConfigOf(doc *document.Document, kinds []Kind) (Config, error) {
	name := doc.Name()
	compiled, err := schema.Compile("collect", ConfigSchema(kinds))
	if err != nil {
		return Config{}, err
	}
	if err := compiled.Validate(doc); err != nil {
		return Config{}, err
	}
	text := func(pointer string) string { v, _ := doc.Lookup(pointer); s, _ := v.(string); return s }
	config := Config{Service: Service{ID: strings.ToLower(text("/service/id")), Name: text("/service/name"), Region: text("/service/region")}}
	list, _ := doc.Lookup("/sources")
	var errs document.Errors
	for i, item := range list.([]any) {
		fields := item.(map[string]any)
		pointer := fmt.Sprintf("/sources/%d", i)
		place := func(option string) *document.Error {
			at := doc.Position(pointer + document.Pointer(option))
			return &document.Error{File: name, Line: at.Line, Column: at.Column}
		}
		kind := kinds[slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == fields["source"] })]
		source := Configured{Kind: kind, Values: Values{}, Place: place}
		for _, option := range slices.Sorted(maps.Keys(fields)) {
			if option == "source" {
				continue
			}
			at := slices.IndexFunc(kind.Options, func(o Option) bool { return o.Name == option })
			if at < 0 {
				e := place(option)
				e.Message = suggest.Unknown("option of "+kind.Name, option, optionNames(kind))
				errs = append(errs, e)
				continue
			}
			for _, value := range texts(fields[option]) {
				if kind.Options[at].Path && !filepath.IsAbs(value) {
					value = filepath.Join(filepath.Dir(name), filepath.FromSlash(value))
				}
				source.Values[option] = append(source.Values[option], value)
			}
		}
		config.Sources = append(config.Sources, source)
	}
	return config, errs.Sorted()
}

func optionNames(kind Kind) []string {
	var names []string
	for _, option := range kind.Options {
		names = append(names, option.Name)
	}
	return names
}

func texts(value any) []string {
	if text, isText := value.(string); isText {
		return []string{text}
	}
	var all []string
	items, _ := value.([]any)
	for _, item := range items {
		if text, isText := item.(string); isText {
			all = append(all, text)
		}
	}
	return all
}

// Open makes the sources. Those of a kind of which there are several are numbered: file, file-2.
func (c Config) Open(env Env) ([]Named, error) {
	var sources []Named
	var errs document.Errors
	seen := map[string]int{}
	for _, configured := range c.Sources {
		kind := configured.Kind
		refuse := func(option string, err error) {
			if configured.Place == nil {
				errs = document.Collect(errs, fmt.Errorf("%s: %w", kind.Name, err))
				return
			}
			var place document.Errors
			if place = document.Collect(nil, err); place[0].File == "" {
				e := configured.Place(option)
				e.Message = err.Error()
				place = document.Errors{e}
			}
			errs = append(errs, place...)
		}
		complete := true
		for _, option := range kind.Options {
			if option.Required && !env.Session.Replays() && len(configured.Values[option.Name]) == 0 {
				complete = false
				if configured.Place == nil {
					refuse("source", fmt.Errorf("%s is needed: %s", Flag(kind, option), strings.ReplaceAll(option.Usage, "`", "")))
					continue
				}
				refuse("source", fmt.Errorf("field %q is missing (%s)", option.Name, strings.ReplaceAll(option.Usage, "`", "")))
			}
		}
		if !complete {
			continue
		}
		name := kind.Name
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		name = cmp.Or(configured.Name, name)
		env.Tape = env.Session.Tape(name, kind.Name)
		source, err := kind.New(configured.Values, env)
		if err != nil {
			refuse("source", err)
			continue
		}
		sources = append(sources, Named{Name: name, Method: kind.Method, Source: source})
	}
	return sources, errs.Sorted()
}

// Flag is the flag of an option, such as --terraform-file.
func Flag(kind Kind, option Option) string {
	return "--" + kind.Name + "-" + strings.ReplaceAll(option.Name, "_", "-")
}

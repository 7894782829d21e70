// Package oscaltest follows the references of OSCAL documents to what they lead to. Only tests need it.
package oscaltest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Set are documents by the file that others name them by.
type Set struct {
	Documents map[string]string
	// Open reads a file of the evidence; nil where there is none to read.
	Open func(name string) ([]byte, error)
}

// Follow follows every reference. It answers how many there are by their key, and those that lead nowhere.
func (s Set) Follow() (followed map[string]int, defects []string) {
	f := follower{set: s, trees: map[string]any{}, definitions: map[string]map[string]string{}, names: map[string][]string{}, followed: map[string]int{}}
	for file, document := range s.Documents {
		var tree map[string]any
		if err := json.Unmarshal([]byte(document), &tree); err != nil {
			f.report(file, "%v", err)
			continue
		}
		f.trees[file], f.definitions[file] = tree, map[string]string{}
		f.define(file, "", tree)
	}
	for file, tree := range f.trees {
		f.file = file
		f.walk("", nil, tree)
	}
	slices.Sort(f.defects)
	return f.followed, f.defects
}

type follower struct {
	set         Set
	trees       map[string]any
	definitions map[string]map[string]string // kinds of objects by file and UUID
	names       map[string][]string          // ids of controls, statements, and roles by file
	file        string
	followed    map[string]int
	defects     []string
}

func (f *follower) report(file, format string, args ...any) {
	f.defects = append(f.defects, file+": "+fmt.Sprintf(format, args...))
}

// define lists what a document defines.
func (f *follower) define(file, kind string, value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			f.define(file, kind, item)
		}
	case map[string]any:
		if uuid, ok := v["uuid"].(string); ok {
			if f.definitions[file][uuid] != "" {
				f.report(file, "%s is defined twice, in %s and %s", uuid, f.definitions[file][uuid], kind)
			}
			f.definitions[file][uuid] = kind
		}
		if name, ok := v["id"].(string); ok && slices.Contains([]string{"controls", "parts", "roles"}, kind) {
			f.names[file+" "+kind] = append(f.names[file+" "+kind], name)
		}
		for key, item := range v {
			f.define(file, key, item)
		}
	}
}

// walk follows what is below a value; kind is the key that it stands behind.
func (f *follower) walk(kind string, around map[string]any, value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			f.walk(kind, around, item)
		}
	case map[string]any:
		if kind == "props" {
			f.property(v)
		}
		if kind == "sources" { // of a mapping
			name, _ := v["id-ref"].(string)
			f.reference(map[any]string{"control": "control-id", "statement": "statement-id"}[v["type"]], nil, name)
			f.followed["id-ref"]++
		}
		if kind == "resources" {
			f.resource(v)
			return
		}
		for key, item := range v {
			f.walk(key, v, item)
		}
	case string:
		f.reference(kind, around, v)
	}
}

// origins say which kind of object in which file a key refers to; no file for that of the reference.
var origins = map[string]struct{ file, kind string }{
	"observation-uuid":              {"", "observations"},
	"risk-uuid":                     {"", "risks"},
	"subject-uuid":                  {"oscal-ssp.json", "components"},
	"implementation-statement-uuid": {"oscal-ssp.json", "by-components"},
	"actor-uuid":                    {"oscal-plan.json", "components"},
	"component-uuid":                {"", "components"},
	"provided-uuid":                 {"oscal-provider.json", "provided"},
	"responsibility-uuid":           {"oscal-provider.json", "responsibilities"},
	"party-uuid":                    {"", "parties"},
	"party-uuids":                   {"", "parties"},
	"inherited-uuid":                {"oscal-provider.json", "components"},
	"leveraged-authorization-uuid":  {"", "leveraged-authorizations"},
}

var named = map[string]struct{ file, kind string }{
	"control-id":    {"oscal-catalog.json", "controls"},
	"statement-id":  {"oscal-catalog.json", "parts"},
	"statement-ids": {"oscal-catalog.json", "parts"},
	"target-id":     {"oscal-catalog.json", "parts"},
	"role-id":       {"", "roles"},
	"role-ids":      {"", "roles"},
}

func (f *follower) reference(key string, around map[string]any, value string) {
	if key == "href" {
		f.link(around, value)
		return
	}
	if to, ok := origins[key]; ok {
		f.followed[key]++
		if to.file == "" {
			to.file = f.file
		}
		if f.definitions[to.file][value] != to.kind {
			f.report(f.file, "%s %s leads to none of the %s of %s", key, value, to.kind, to.file)
		}
		return
	}
	if to, ok := named[key]; ok {
		f.followed[key]++
		if to.file == "" {
			to.file = f.file
		}
		if !slices.Contains(f.names[to.file+" "+to.kind], value) {
			f.report(f.file, "%s %s is none of the %s of %s", key, value, to.kind, to.file)
		}
		return
	}
	if strings.HasSuffix(key, "-uuid") || strings.HasSuffix(key, "-uuids") {
		f.report(f.file, "%s %s is not followed", key, value)
	}
}

// property follows the properties of OSCAL itself that are references.
func (f *follower) property(p map[string]any) {
	name, _ := p["name"].(string)
	value, _ := p["value"].(string)
	if p["ns"] == nil && strings.HasSuffix(name, "-uuid") {
		f.reference(name, nil, value)
	}
}

// link follows a reference to a resource of the back matter, and from there to an object of another document.
func (f *follower) link(around map[string]any, href string) {
	f.followed["href"]++
	uuid, ok := strings.CutPrefix(href, "#")
	if !ok || f.definitions[f.file][uuid] != "resources" {
		f.report(f.file, "href %s leads to no resource", href)
		return
	}
	fragment, ok := around["resource-fragment"].(string)
	if !ok {
		return
	}
	f.followed["resource-fragment"]++
	for _, target := range f.targets(uuid) {
		if f.definitions[target][fragment] == "" {
			f.report(f.file, "%s has no %s", target, fragment)
		}
	}
}

func (f *follower) targets(uuid string) (all []string) {
	matter, _ := f.root(f.file)["back-matter"].(map[string]any)
	resources, _ := matter["resources"].([]any)
	for _, item := range resources {
		if resource := item.(map[string]any); resource["uuid"] == uuid {
			for _, item := range resource["rlinks"].([]any) {
				all = append(all, item.(map[string]any)["href"].(string))
			}
		}
	}
	return all
}

// root is what a document has below the key of its kind.
func (f *follower) root(file string) map[string]any {
	tree, _ := f.trees[file].(map[string]any)
	for _, value := range tree {
		if root, ok := value.(map[string]any); ok {
			return root
		}
	}
	return nil
}

// resource follows the links of a resource to a document of the set, by which it must be named, or to a file, whose digest must be
// right.
func (f *follower) resource(r map[string]any) {
	links, _ := r["rlinks"].([]any)
	for _, item := range links {
		target := item.(map[string]any)
		href, _ := target["href"].(string)
		address, err := url.Parse(href)
		if err != nil {
			f.report(f.file, "%v", err)
			continue
		}
		switch document := f.root(href); {
		case document != nil:
			f.followed["document"]++
			identifiers, _ := r["document-ids"].([]any)
			for _, item := range identifiers {
				if name := item.(map[string]any)["identifier"]; name != document["uuid"] && !f.isCalled(document, name) {
					f.report(f.file, "%s is not called %v", href, name)
				}
			}
		case strings.HasPrefix(href, "oscal-"):
			f.report(f.file, "there is no document %s", href)
		case address.Scheme == "https":
			f.followed["address"]++
		case f.set.Open != nil:
			f.followed["file"]++
			content, err := f.set.Open(address.Path)
			if err != nil {
				f.report(f.file, "%v", err)
				continue
			}
			sum := sha256.Sum256(content)
			hashes, _ := target["hashes"].([]any)
			for _, item := range hashes {
				if item.(map[string]any)["value"] != hex.EncodeToString(sum[:]) {
					f.report(f.file, "%s has another digest", href)
				}
			}
		}
	}
}

func (f *follower) isCalled(document map[string]any, name any) bool {
	metadata, _ := document["metadata"].(map[string]any)
	identifiers, _ := metadata["document-ids"].([]any)
	return slices.ContainsFunc(identifiers, func(item any) bool { return item.(map[string]any)["identifier"] == name })
}

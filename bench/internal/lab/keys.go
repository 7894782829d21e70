package lab

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// Dates says which dates keys have that are added.
type Dates bool

// Keys that are added have the dates of the first one, or each has its own.
const (
	SameDates Dates = false
	OwnDates  Dates = true
)

var (
	firstKey  = regexp.MustCompile(`(?s)\n    - id: [^\n]*\n      name: [^\n]*(\n.*?)\n    - id: `)
	keyCount  = regexp.MustCompile(`service_key_count: (\d+)`)
	artifacts = regexp.MustCompile(`(?m)^    artifact:\n(      .*\n)+`)
	keyDate   = regexp.MustCompile(`(created_at|activated_at): \S+`)
)

// betweenKeys is how far apart the dates of keys are that each have their own: those of 2,500 keys are spread over two years.
const betweenKeys = 7*time.Hour + 13*time.Second

// WriteKeys writes the compliant evidence into a folder, with as many keys as asked for.
func WriteKeys(dir string, keys int, dates Dates) error {
	if err := os.CopyFS(dir, os.DirFS(Compliant)); err != nil {
		return err
	}
	return addKeys(filepath.Join(dir, "keys.yaml"), keys, dates)
}

// addKeys makes the keys of a file as many as asked for: the first one again and again, under other ids and names. What is left does
// not say where it comes from.
func addKeys(file string, keys int, dates Dates) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	last, err := time.Parse(time.RFC3339, At)
	if err != nil {
		return err
	}
	first, count := firstKey.FindSubmatch(text), keyCount.FindSubmatch(text)
	if first == nil || count == nil {
		return fmt.Errorf("%s does not begin with two keys", file)
	}
	present, err := strconv.Atoi(string(count[1]))
	if err != nil {
		return err
	}
	text = bytes.Replace(text, count[0], fmt.Appendf(nil, "service_key_count: %d", keys), 1)
	text = artifacts.ReplaceAll(text, nil)
	for i := present; i < keys; i++ {
		facts := first[1]
		if dates == OwnDates {
			created := last.Add(-time.Duration(i) * betweenKeys)
			facts = keyDate.ReplaceAll(facts, []byte("${1}: "+created.Format(time.RFC3339)))
		}
		text = fmt.Appendf(text, "    - id: %08x-6fe1-408f-a53a-18050cf887f6\n      name: key-%d%s\n", i, i, facts)
	}
	return os.WriteFile(file, text, 0o644)
}

// Package fleettest makes a fleet of one example: services that are alike, each with ids and artifacts of its own.
package fleettest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

var uuids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// WithIDs is evidence in which each UUID is another, by the number of the service: the same for the same number.
func WithIDs(content []byte, number int) []byte {
	return uuids.ReplaceAllFunc(content, func(id []byte) []byte {
		first, err := strconv.ParseUint(string(id[:8]), 16, 32)
		if err != nil {
			panic(err) // the pattern has digits only
		}
		return append(fmt.Appendf(nil, "%08x", uint32(first)+uint32(number)*0x9e3779b1), id[8:]...)
	})
}

// artifact finds the artifact of a section in one file of evidence.
func artifact(section string) *regexp.Regexp {
	return regexp.MustCompile(`(?ms)^` + section + `:\n.*?path: ([^,\s}]+)[,\s]+sha256: "?([0-9a-f]{64})"?`)
}

// Sections are those whose artifacts are about one service.
var Sections = []string{"keys", "secrets", "kmip", "credentials", "capacity", "service_logs"}

// headings are the first lines of sections.
var headings = regexp.MustCompile(`(?m)^([a-z_]+):\n`)

// Write writes one service as one file below a folder, with artifacts of its own for what is about one service alone, and for what
// names objects of it. Its other artifacts are those in the folder.
func Write(dir string, content []byte, number int) error {
	name := fmt.Sprintf("%08d", number)
	content = WithIDs(content, number)
	for _, heading := range headings.FindAllSubmatch(content, -1) {
		section := string(heading[1])
		match := artifact(section).FindSubmatchIndex(content)
		if match == nil {
			continue
		}
		path := string(content[match[2]:match[3]])
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
		if err != nil {
			return err
		}
		renamed := WithIDs(data, number)
		if !slices.Contains(Sections, section) && bytes.Equal(renamed, data) {
			continue
		}
		own := "own/" + name + "/" + filepath.Base(path)
		file := filepath.Join(dir, filepath.FromSlash(own))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		data = slices.Concat(renamed, space(number))
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		content = bytes.Join([][]byte{
			content[:match[2]], []byte(own), content[match[3]:match[4]], []byte(hex.EncodeToString(sum[:])), content[match[5]:],
		}, nil)
	}
	return os.WriteFile(filepath.Join(dir, name+".yaml"), content, 0o644)
}

// space is empty lines that differ by number: a file without ids is another by them, and says the same, a table too.
func space(number int) []byte {
	var lines []byte
	for n := number + 1; n > 0; n /= 2 {
		if n%2 == 1 {
			lines = append(lines, '\r')
		}
		lines = append(lines, '\n')
	}
	return lines
}

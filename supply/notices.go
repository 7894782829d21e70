package supply

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

var (
	noticeFile = regexp.MustCompile(`(?i)^((un)?(licen[cs]e|copying|copyright)|notice)`)
	releasedOn = []string{"linux", "darwin", "windows"}
)

// WriteNotices writes the licence texts and notices of all modules that are linked into the program on any platform, and of Go
// itself: whoever passes on a program must pass on these. A text that several modules share is written once. root is the folder
// of go.mod.
func WriteNotices(ctx context.Context, out io.Writer, root string) error {
	goroot, err := goCommand(ctx, root, "env", "GOROOT")
	if err != nil {
		return err
	}
	folders := map[string][]string{"Go and its standard library": {goroot}}
	for _, goos := range releasedOn {
		modules, err := Linked(ctx, root, goos, "amd64")
		if err != nil {
			return fmt.Errorf("%s: %w", goos, err)
		}
		for _, m := range modules {
			name := m.Path + " " + m.Version
			folders[name] = append(folders[name], m.folders...)
		}
	}
	users := map[string][]string{} // of a text
	for name, dirs := range folders {
		slices.Sort(dirs)
		for _, dir := range slices.Compact(dirs) {
			err := eachText(dir, noticeFile, func(_ string, text []byte) error {
				users[string(text)] = append(users[string(text)], name)
				return nil
			})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	var parts []string
	for text, names := range users {
		slices.Sort(names)
		parts = append(parts, strings.Join(slices.Compact(names), "\n")+"\n\n"+strings.TrimSpace(text)+"\n")
	}
	slices.Sort(parts)
	_, err = io.WriteString(out, "raci-check is made of these modules too, under the licences below each list.\n\n"+
		strings.Join(parts, "\n"+strings.Repeat("-", 78)+"\n\n"))
	return err
}

func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	run := exec.CommandContext(ctx, "go", args...)
	run.Dir = dir
	out, err := command(run)
	return strings.TrimSpace(string(out)), err
}

package supply

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
)

// lister reads the modules of a program out of the program itself.
const lister = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// WriteSBOM writes the bill of materials of a program as CycloneDX JSON: its digest, the modules that its linker put in, with
// their digests and licences, and the Go release it was built with. The same program, version and source give the same bytes.
// root is the folder of the go.mod that it was built from.
func WriteSBOM(ctx context.Context, out io.Writer, root, program, version string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	if info.Path != Main {
		return fmt.Errorf("%s is a build of %q, expected is one of %s", program, info.Path, Main)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	modules, err := Linked(ctx, root, settings["GOOS"], settings["GOARCH"])
	if err != nil {
		return err
	}
	licences := map[string][]string{}
	for _, m := range modules {
		licences[m.Path+"@"+m.Version] = m.Licences
	}
	// Go's own files carry their licence beside them; the linked part of the library is under this one.
	licences["std@"+info.GoVersion] = []string{"BSD-3-Clause"}

	bom, err := list(ctx, program, version)
	if err != nil {
		return err
	}
	if len(*bom.Components) != len(licences) {
		return fmt.Errorf("%s has %d modules, this source %d: it was built from another", program, len(*bom.Components), len(licences))
	}
	for i := range *bom.Components {
		component := &(*bom.Components)[i]
		ids, ok := licences[component.Name+"@"+component.Version]
		if !ok {
			return fmt.Errorf("%s has %s %s, this source has not: it was built from another", program, component.Name, component.Version)
		}
		var choices cyclonedx.Licenses
		for _, id := range ids {
			choices = append(choices, cyclonedx.LicenseChoice{
				License: &cyclonedx.License{ID: id, Acknowledgement: cyclonedx.LicenseAcknowledgementConcluded},
			})
		}
		component.Licenses = &choices
	}
	made, err := sourceTime(ctx, root)
	if err != nil {
		return err
	}
	bom.Metadata.Timestamp = made.UTC().Format(time.RFC3339)
	// The digests of the program that made the list differ between machines, and are not of what is listed.
	for i := range *bom.Metadata.Tools.Tools {
		(*bom.Metadata.Tools.Tools)[i].Hashes = nil
	}
	// The serial number is of the content.
	var content bytes.Buffer
	if err := encode(&content, bom); err != nil {
		return err
	}
	bom.SerialNumber = uuid.NewSHA1(uuid.NameSpaceURL, content.Bytes()).URN()
	return encode(out, bom)
}

// list is what the lister finds in a program.
func list(ctx context.Context, program, version string) (*cyclonedx.BOM, error) {
	folder, err := os.MkdirTemp("", "raci-check-sbom")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "bom.json")
	run := exec.CommandContext(ctx, "go", "run", lister, "bin", "-json", "-std", "-noserial", "-notimestamp",
		"-version", version, "-output", file, program)
	if _, err := command(run); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	bom := new(cyclonedx.BOM)
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(content), cyclonedx.BOMFileFormatJSON).Decode(bom); err != nil {
		return nil, fmt.Errorf("what cyclonedx-gomod writes: %w", err)
	}
	if bom.Components == nil || bom.Metadata == nil || bom.Metadata.Tools == nil || bom.Metadata.Tools.Tools == nil {
		return nil, fmt.Errorf("cyclonedx-gomod lists no components or no tool in %s", program)
	}
	return bom, nil
}

func encode(out io.Writer, bom *cyclonedx.BOM) error {
	return cyclonedx.NewBOMEncoder(out, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
}

// sourceTime is that of the source: SOURCE_DATE_EPOCH, which reproducible-builds.org specifies (seconds since 1970), or that of
// the commit.
func sourceTime(ctx context.Context, root string) (time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		git := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct")
		git.Dir = root
		out, err := command(git)
		if err != nil {
			return time.Time{}, fmt.Errorf("the time of the source: set SOURCE_DATE_EPOCH where there is no git repository: %w", err)
		}
		epoch = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("the time of the source: SOURCE_DATE_EPOCH is seconds since 1970: %w", err)
	}
	return time.Unix(seconds, 0), nil
}

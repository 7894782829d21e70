package starter

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
)

// started is a file of evidence that is there.
type started struct {
	path    string // below the folder, with forward slashes
	content []byte
	doc     *document.Document
	service evidence.Service
}

// present are the files of evidence in a folder that say which service they are about.
func present(folder string) ([]started, error) {
	names, err := evidence.InFolder(document.Folder(""), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []started
	for _, name := range names {
		content, err := safefile.Read(name, int64(document.DefaultLimits.Bytes))
		if err != nil {
			return nil, err
		}
		doc, err := document.Parse(name, content, document.DefaultLimits)
		if err != nil {
			return nil, err
		}
		text := func(field string) string {
			value, _ := doc.Lookup("/metadata/service/" + field)
			str, _ := value.(string)
			return str
		}
		if kind, _ := doc.Lookup("/kind"); kind != "Evidence" || text("id") == "" {
			continue
		}
		path, err := filepath.Rel(folder, name)
		if err != nil {
			return nil, err
		}
		service := evidence.Service{ID: text("id"), Name: text("name"), Region: text("region")}
		all = append(all, started{path: filepath.ToSlash(path), content: content, doc: doc, service: service})
	}
	return all, nil
}

// existing lists the services that the files in a folder are about, each once.
func existing(folder string) ([]evidence.Service, error) {
	files, err := present(folder)
	if err != nil {
		return nil, err
	}
	var all []evidence.Service
	for _, file := range files {
		i := slices.IndexFunc(all, func(s evidence.Service) bool { return strings.EqualFold(s.ID, file.service.ID) })
		if i < 0 {
			all, i = append(all, evidence.Service{ID: file.service.ID}), len(all)
		}
		all[i].Name, all[i].Region = cmp.Or(all[i].Name, file.service.Name), cmp.Or(all[i].Region, file.service.Region)
	}
	return all, nil
}

// fill puts the service into the files that have zeros for its id, and changes nothing else in them.
func fill(folder string, service evidence.Service) ([]safefile.Change, error) {
	if service.ID == UnknownID {
		return nil, nil
	}
	files, err := present(folder)
	if err != nil {
		return nil, err
	}
	var changes []safefile.Change
	for _, file := range files {
		if file.service.ID != UnknownID {
			continue
		}
		edits := []document.Change{{Pointer: "/metadata/service/id", Value: service.ID}}
		if service.Name != file.service.Name {
			edits = append(edits, document.Change{Pointer: "/metadata/service/name", Value: service.Name})
		}
		if service.Region != file.service.Region {
			edits = append(edits, document.Change{Pointer: "/metadata/service/region", Value: service.Region})
		}
		after, err := file.doc.Edit(file.content, edits, document.DefaultLimits)
		if err != nil {
			return nil, file.doc.Errorf("/metadata/service/id", "the id cannot be put in place of the zeros here, do that by hand: %v", err)
		}
		changes = append(changes, safefile.Change{Path: file.path, Before: file.content, After: after})
	}
	return changes, nil
}

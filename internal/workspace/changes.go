package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/raci-check/raci-check/internal/document"
)

// An editor that saves makes several changes, and a tool that writes several files makes many: they are waited for until none comes
// for so long, and no longer than so long. A state that cannot be assessed may be the middle of a change: it counts only where no
// other change comes for longer.
const (
	quiet   = time.Millisecond
	settled = 50 * time.Millisecond
	longest = time.Second
)

// changes tells when files change.
type changes struct {
	ctx     context.Context
	watcher *fsnotify.Watcher
	again   <-chan struct{}
	folders map[string]bool // below each of which everything is looked at, and whether rules lie there
	files   map[string]bool // that are looked at for themselves, and whether they belong to the rules
}

// watch looks at files, and at all below folders that is not hidden.
func watch(ctx context.Context, base document.Folder, evidence, rules []string) (*changes, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	c := &changes{ctx: ctx, watcher: watcher, folders: map[string]bool{}, files: map[string]bool{}}
	for i, path := range slices.Concat(evidence, rules) {
		if err := c.add(base.Path(path), i >= len(evidence)); err != nil {
			return nil, fmt.Errorf("watch %s: %w", path, errors.Join(err, watcher.Close()))
		}
	}
	return c, nil
}

// add looks at a path. A file is seen through its folder: editors put another one in its place.
func (c *changes) add(path string, rules bool) error {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		c.files[path] = rules
		return c.watcher.Add(filepath.Dir(path))
	}
	c.folders[path] = rules
	return c.addBelow(path)
}

// addBelow looks at a folder and all below it.
func (c *changes) addBelow(root string) error {
	return filepath.WalkDir(root+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		path = filepath.Clean(path)
		switch {
		case err != nil && path != root:
			return nil // it went away meanwhile, or assess says what is wrong with it
		case err != nil:
			return err
		case !entry.IsDir():
			return nil
		case strings.HasPrefix(entry.Name(), ".") && path != root:
			return fs.SkipDir
		}
		return c.watcher.Add(path)
	})
}

// Next waits for changes, and answers whether one was of the rules.
func (c *changes) Next() (rules bool, err error) {
	_, rules, err = c.next(nil)
	return rules, err
}

// Soon is Next that waits no longer than a change takes as a whole, and answers whether there was one.
func (c *changes) Soon() (changed, rules bool, err error) { return c.next(time.After(settled)) }

// next waits for changes, and for the first no longer than until a time; nil for any time.
func (c *changes) next(until <-chan time.Time) (changed, rules bool, err error) {
	var still <-chan time.Time // nil until something has changed
	var latest <-chan time.Time
	for {
		select {
		case <-c.ctx.Done():
			return false, false, nil
		case <-until:
			return false, false, nil
		case event, open := <-c.watcher.Events:
			if !open {
				return true, rules, fmt.Errorf("watch files: the system ended it")
			}
			ofRules, counts := c.look(event)
			if !counts {
				continue
			}
			rules = rules || ofRules
			until, still = nil, time.After(quiet)
			if latest == nil {
				latest = time.After(longest)
			}
		case err := <-c.watcher.Errors:
			return true, rules, fmt.Errorf("watch files: %w", err)
		case <-c.again:
			return true, rules, nil
		case <-still:
			return true, rules, nil
		case <-latest:
			return true, rules, nil
		}
	}
}

// look answers whether an event counts, and whether it is one of the rules. A new folder is looked at from now on.
func (c *changes) look(event fsnotify.Event) (rules, counts bool) {
	path := filepath.Clean(event.Name)
	if event.Op == fsnotify.Chmod {
		return false, false
	}
	if ofRules, isFile := c.files[path]; isFile {
		return ofRules, true
	}
	for folder, ofRules := range c.folders {
		below, err := filepath.Rel(folder, path)
		if err != nil || !filepath.IsLocal(below) || isHidden(below) {
			continue
		}
		if info, err := os.Stat(path); event.Has(fsnotify.Create) && err == nil && info.IsDir() {
			_ = c.addBelow(path) // it may be gone already
		}
		rules, counts = rules || ofRules, true
	}
	return rules, counts
}

// isHidden reports whether a part of a path begins with a dot.
func isHidden(path string) bool {
	for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if strings.HasPrefix(part, ".") && part != "." {
			return true
		}
	}
	return false
}

// Close ends the looking.
func (c *changes) Close() error { return c.watcher.Close() }

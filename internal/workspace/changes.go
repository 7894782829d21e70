package workspace

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// An editor that saves makes several changes, and a tool that writes several files makes many. What was begun with the first of them
// is begun again with the next; after a while, they are waited for until none comes for so long, and no longer than so long. A state that
// cannot be assessed may be the middle of a change: it counts only where no other change comes for longer.
const (
	quiet   = time.Millisecond
	settled = 50 * time.Millisecond
	longest = time.Second
)

// placesEvery is how often is looked whether another folder has the name of one that is watched: the system tells what happens in a
// folder, and not that it, or one above it, was moved or put back.
const placesEvery = time.Second

// changes tells when files change.
type changes struct {
	ctx     context.Context
	watcher *fsnotify.Watcher
	again   <-chan struct{}
	folders map[string]bool        // below each of which everything is looked at, and whether rules lie there
	files   map[string]bool        // that are looked at for themselves, and whether they belong to the rules
	places  map[string]fs.FileInfo // of folders, those of files too, as they were found last; nil where there was none
	links   map[string]fs.FileInfo // what links in folders lead to; it may lie where nothing is looked at
	failed  error                  // why a folder is not looked at that is there
	refused bool                   // the evidence cannot be assessed, perhaps for a want of rights; or this is not known yet
	look    *time.Ticker
}

// watch looks at files, and at all below folders that is not hidden.
func watch(ctx context.Context, base document.Folder, evidence, rules []string) (*changes, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch files: %w", err)
	}
	c := &changes{ctx: ctx, watcher: watcher, folders: map[string]bool{}, files: map[string]bool{}, places: map[string]fs.FileInfo{}, links: map[string]fs.FileInfo{}, refused: true, look: time.NewTicker(placesEvery)}
	for i, path := range slices.Concat(evidence, rules) {
		if err := c.add(base.Path(path), i >= len(evidence)); err != nil {
			return nil, errors.Join(cmp.Or(c.failed, fmt.Errorf("watch %s: %w", path, err)), c.Close())
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
		return c.find(filepath.Dir(path))
	}
	c.folders[path] = rules
	return c.find(path)
}

// find looks at the folder that has a name now.
func (c *changes) find(name string) error {
	info, err := os.Stat(name)
	c.places[name] = info
	if err != nil {
		return err
	}
	if _, isWhole := c.folders[name]; isWhole {
		return c.addBelow(name)
	}
	return c.follow(name)
}

// follow lets the system tell of changes in a folder. That it does not is told, except where the folder is gone or closed: assess says so.
func (c *changes) follow(path string) error {
	err := c.watcher.Add(path)
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
	case errors.Is(err, syscall.ENOSPC):
		c.failed = fmt.Errorf("watch %s: the system watches no more folders: raise its limit, such as fs.inotify.max_user_watches, or name a folder that has fewer", path)
	default:
		c.failed = fmt.Errorf("watch %s: %w", path, err)
	}
	return err
}

// moved finds folders again of which another has the name by now, or none. It answers whether there was one, and whether rules lie in it.
func (c *changes) moved() (rules, is bool) {
	watched := c.watcher.WatchList()
	for name, before := range c.places {
		now, err := os.Stat(name)
		if err != nil && before == nil || err == nil && before != nil && os.SameFile(before, now) && slices.Contains(watched, name) {
			continue
		}
		is, rules = true, rules || c.folders[name]
		for file, ofRules := range c.files {
			rules = rules || ofRules && filepath.Dir(file) == name
		}
		_ = c.find(name) // where it is gone, assess says so
	}
	for name, before := range c.links {
		now, err := os.Stat(name)
		if err != nil && before == nil || err == nil && before != nil && safefile.Stamp(before) == safefile.Stamp(now) {
			continue
		}
		if _, err := os.Lstat(name); err != nil {
			delete(c.links, name)
		} else {
			c.links[name] = now
		}
		ofRules, counts := c.below(name)
		is, rules = is || counts, rules || ofRules
	}
	return rules, is
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
		case entry.Type()&fs.ModeSymlink != 0:
			c.links[path], _ = os.Stat(path) // nil where it leads to nothing
			return nil
		case !entry.IsDir():
			return nil
		case strings.HasPrefix(entry.Name(), ".") && path != root:
			return fs.SkipDir
		}
		if err := c.follow(path); path == root || c.failed != nil {
			return err
		}
		return nil // so does assess of a folder below
	})
}

// Next waits for a change, and answers whether it was one of the rules.
func (c *changes) Next() (rules bool, err error) {
	_, rules, err = c.first(until{again: c.again})
	return rules, err
}

// Within is Next that waits no longer than for a time, and answers whether there was a change.
func (c *changes) Within(most time.Duration) (changed, rules bool, err error) {
	return c.first(until{again: c.again, time: time.After(most)})
}

// While waits for a change of a file until something has ended, and answers whether there was one.
func (c *changes) While(ended <-chan struct{}) (changed, rules bool, err error) {
	return c.first(until{ended: ended})
}

// Settle waits until nothing changes any more, and answers whether a change was one of the rules.
func (c *changes) Settle() (rules bool, err error) {
	for latest := time.After(longest); ; {
		changed, ofRules, err := c.first(until{again: c.again, time: time.After(quiet), latest: latest})
		rules = rules || ofRules
		if !changed || err != nil {
			return rules, err
		}
	}
}

// until says what else the waiting ends with; nil for nothing.
type until struct {
	again        <-chan struct{} // counts as a change
	ended        <-chan struct{}
	time, latest <-chan time.Time
}

// first waits for a change.
func (c *changes) first(u until) (changed, rules bool, err error) {
	for {
		select {
		case <-c.ctx.Done():
			return false, false, nil
		case <-u.time:
			return false, false, nil
		case <-u.latest:
			return false, false, nil
		case <-u.ended:
			return false, false, nil
		case event, open := <-c.watcher.Events:
			if !open {
				return true, rules, fmt.Errorf("watch files: the system ended it")
			}
			if ofRules, counts := c.counts(event); counts {
				return true, ofRules, c.failed
			}
		case <-c.look.C:
			if ofRules, is := c.moved(); is {
				return true, ofRules, c.failed
			}
		case err := <-c.watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return true, rules, fmt.Errorf("watch files: %w", err)
			}
			for name := range c.places { // there was more than the system keeps, and anything may have changed
				_ = c.find(name) // where it is gone, assess says so
			}
			return true, true, c.failed
		case <-u.again:
			return true, rules, nil
		}
	}
}

// counts answers whether an event counts, and whether it is one of the rules. A new folder is looked at from now on.
func (c *changes) counts(event fsnotify.Event) (rules, counts bool) {
	path := filepath.Clean(event.Name)
	if event.Op == fsnotify.Chmod && !c.refused && readable(path) {
		return false, false // some programs touch each file again and again
	}
	if ofRules, isFile := c.files[path]; isFile {
		return ofRules, true
	}
	rules, counts = c.below(path)
	if !counts || event.Has(fsnotify.Write) {
		return rules, counts
	}
	switch info, err := os.Lstat(path); {
	case err != nil: // it may be gone already
	case info.IsDir():
		_ = c.addBelow(path)
	case info.Mode()&fs.ModeSymlink != 0:
		c.links[path], _ = os.Stat(path) // nil where it leads to nothing
	}
	return rules, counts
}

// below answers whether a path lies in a folder at which is looked, and whether rules lie there.
func (c *changes) below(path string) (rules, is bool) {
	for folder, ofRules := range c.folders {
		below, err := filepath.Rel(folder, path)
		if err == nil && filepath.IsLocal(below) && !isHidden(below) {
			rules, is = rules || ofRules, true
		}
	}
	return rules, is
}

// readable reports whether a file or a folder can be read; what is none of the two is not opened.
func readable(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		return err == nil
	}
	if info.IsDir() {
		if _, err := os.Stat(path + string(filepath.Separator) + "."); err != nil {
			return false
		}
		folder, err := safefile.OpenFolder(path)
		return err == nil && folder.Close() == nil
	}
	file, _, err := safefile.Open(path)
	return err == nil && file.Close() == nil
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
func (c *changes) Close() error {
	c.look.Stop()
	return c.watcher.Close()
}

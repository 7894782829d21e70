package cache

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/safefile"
)

// Entry is a file of the cache.
type Entry struct {
	Name string
	Size int64
	Used time.Time // within an hour
}

var (
	folders = regexp.MustCompile(`^[0-9a-f]{2}$`)
	files   = regexp.MustCompile(`^[0-9a-f]{62}$`)
)

func isStaged(name string) bool { return strings.HasPrefix(name, safefile.Staged) }

// Entries lists the entries. What another run removes meanwhile is left out.
func (c *Cache) Entries() ([]Entry, error) { return c.list(files.MatchString) }

// abandoned is the age of a file that a run has begun and nobody completes any more.
const abandoned = time.Hour

func (c *Cache) list(of func(name string) bool) ([]Entry, error) {
	var all []Entry
	top, err := fs.ReadDir(c.folder.FS(), ".")
	if err != nil {
		return nil, err
	}
	for _, folder := range top {
		if !folder.IsDir() || !folders.MatchString(folder.Name()) {
			continue
		}
		inside, err := fs.ReadDir(c.folder.FS(), folder.Name())
		if err != nil {
			return nil, err
		}
		for _, file := range inside {
			info, err := file.Info()
			switch {
			case errors.Is(err, fs.ErrNotExist) || !of(file.Name()):
			case err != nil:
				return nil, err
			case info.Mode().IsRegular():
				all = append(all, Entry{path.Join(folder.Name(), file.Name()), info.Size(), info.ModTime()})
			}
		}
	}
	return all, nil
}

// room makes room for so many bytes more.
func (c *Cache) room(more int64) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.counted {
		all, err := c.Entries()
		if err != nil {
			return err
		}
		for _, entry := range all {
			c.size += entry.Size
		}
		c.counted = true
	}
	c.size += more
	if c.size <= c.options.MaxSize {
		return nil
	}
	return c.shrink(more)
}

// shrink removes the entries that were not used for the longest time, until a tenth of the cache is free.
func (c *Cache) shrink(more int64) error {
	all, err := c.list(func(name string) bool { return files.MatchString(name) || isStaged(name) })
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Or(a.Used.Compare(b.Used), strings.Compare(a.Name, b.Name)) })
	c.size = more
	for _, entry := range all {
		c.size += entry.Size
	}
	for _, entry := range all {
		if isStaged(path.Base(entry.Name)) && c.options.Now().Sub(entry.Used) < abandoned {
			continue // another run may be writing it
		}
		if c.size <= c.options.MaxSize/10*9 {
			break
		}
		if err := c.folder.Remove(entry.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		c.size -= entry.Size
	}
	return nil
}

// Clear removes all entries, and answers how many there were and how large.
func (c *Cache) Clear() (removed int, size int64, err error) {
	all, err := c.list(func(name string) bool { return files.MatchString(name) || isStaged(name) })
	if err != nil {
		return 0, 0, err
	}
	for _, entry := range all {
		err := c.folder.Remove(entry.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return removed, size, err
		}
		removed++
		size += entry.Size
	}
	return removed, size, nil
}

// Head answers the head of an entry of the list; nil where it was not written with this secret, or is damaged.
func (c *Cache) Head(entry Entry) []byte {
	key, ok := keyOf(entry.Name)
	if !ok {
		return nil
	}
	head, _, _ := c.read(key, false, false)
	return head
}

package safefile

import (
	"fmt"
	"io/fs"
	"reflect"
	"strings"
)

// Stamp tells whether a file may have been changed: by its size, its time and its rights, and by what the system says of it beside these:
// which file has the name, and when it was changed last, whatever time it was given.
func Stamp(info fs.FileInfo) string {
	var out strings.Builder
	fmt.Fprint(&out, info.Size(), info.ModTime().UnixNano(), info.Mode())
	system := reflect.Indirect(reflect.ValueOf(info.Sys())) // another type on each system
	if system.Kind() != reflect.Struct {
		return out.String()
	}
	for _, name := range []string{"Dev", "Ino", "Ctim", "Ctimespec"} {
		if field := system.FieldByName(name); field.IsValid() {
			fmt.Fprint(&out, " ", field.Interface())
		}
	}
	return out.String()
}

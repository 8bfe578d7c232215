package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// list prints what is below a directory, one line for each entry in the order of their names: type (f, d, l, or o for what
// is none of these), mode in octal, owner, group, bytes, SHA-256 (of a link: of its target; - where there is none), path.
// The last line, "end", tells the number of entries, their bytes, and the SHA-256 of all lines before it, so that a text
// that was cut off is not taken for the whole.
func list(directories []string, to io.Writer) error {
	buffered := bufio.NewWriter(to)
	defer buffered.Flush()
	all := sha256.New()
	entries, bytes := 0, int64(0)
	for _, root := range directories {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, failed error) error {
			line, size, err := describe(root, path)
			if errors.Is(failed, fs.ErrNotExist) || errors.Is(err, fs.ErrNotExist) {
				return nil // It went while we looked: whoever compares sees that it is not there.
			}
			if failed != nil || err != nil {
				return errors.Join(failed, err)
			}
			entries++
			bytes += size
			_, err = io.WriteString(io.MultiWriter(buffered, all), line)
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(buffered, "end %d %d %s\n", entries, bytes, hex.EncodeToString(all.Sum(nil)))
	return err
}

func describe(root, path string) (string, int64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", 0, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	kind, size, sum := "o", int64(0), "-"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		kind = "f"
		size, sum, err = digest(path)
	case mode.IsDir():
		kind = "d"
	case mode&fs.ModeSymlink != 0:
		var target string
		target, err = os.Readlink(path)
		of := sha256.Sum256([]byte(target))
		kind, size, sum = "l", int64(len(target)), hex.EncodeToString(of[:])
	}
	relative, _ := filepath.Rel(root, path)
	line := fmt.Sprintf("%s %04o %d %d %d %s %s\n", kind, stat.Mode&0o7777, stat.Uid, stat.Gid, size, sum, escape(relative))
	return line, size, err
}

func digest(path string) (int64, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// escape writes what could be mistaken for the end of a line or is no text as percent signs do in addresses.
func escape(path string) string {
	var escaped strings.Builder
	for _, one := range []byte(path) {
		if one < ' ' || one == '%' || one >= 0x7f {
			fmt.Fprintf(&escaped, "%%%02X", one)
		} else {
			escaped.WriteByte(one)
		}
	}
	return escaped.String()
}

// Command pod is the one program of the lab's own container images. Its first argument says what the container does, so
// that tests decide by a pod's arguments how its containers behave on a real kubelet.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const usage = `usage: pod pause                     do nothing until a signal
       pod sleep SECONDS             do nothing for so long, then end with success
       pod fail CODE [SECONDS]       end with this code, after so long
       pod eat MEBIBYTES             take that much memory and keep it
       pod list [DIRECTORY]          print what is below it: type, mode, owner, group, size, SHA-256, path; then end
       pod forward LISTEN TARGET ... pass TCP connections on, from each first address to the one after it
       pod serve ADDRESS [SECONDS]   answer /ready, /live and /start over HTTP; 200 begins after so long
                                     PUT /ready, /live or /start with ?status=CODE changes the answer`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(64)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		args = []string{"pause"}
	}
	argument := func(index int) string {
		if index < len(args) {
			return args[index]
		}
		return ""
	}
	switch args[0] {
	case "pause":
		untilSignal()
	case "sleep":
		pause(argument(1))
	case "fail":
		pause(argument(2))
		code, err := strconv.Atoi(argument(1))
		if err != nil {
			return err
		}
		fmt.Printf("ending with %d, as asked\n", code)
		os.Exit(code)
	case "list":
		return list(args[1:], os.Stdout)
	case "eat":
		return eat(argument(1))
	case "serve":
		return serve(argument(1), seconds(argument(2)))
	case "forward":
		return forward(args[1:])
	default:
		return fmt.Errorf("unknown: %s\n%s", args[0], usage)
	}
	return nil
}

// untilSignal also reaps: as the first process of a sandbox it inherits orphans.
func untilSignal() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for got := range signals {
		if got != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

// pause ends early on a signal, so that a pod is deleted without waiting for its grace period.
func pause(text string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-time.After(seconds(text)):
	case <-signals:
		os.Exit(143)
	}
}

func seconds(text string) time.Duration {
	value, _ := strconv.ParseFloat(text, 64)
	return time.Duration(value * float64(time.Second))
}

func eat(text string) error {
	mebibytes, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	eaten := make([]byte, mebibytes<<20)
	for at := 0; at < len(eaten); at += 4096 {
		eaten[at] = 1
	}
	fmt.Printf("took %d MiB\n", mebibytes)
	untilSignal()
	return nil
}

// forward lets pods reach servers that listen on the machine's loopback address only.
func forward(addresses []string) error {
	if len(addresses) == 0 || len(addresses)%2 != 0 {
		return fmt.Errorf("an address to listen on lacks its target\n%s", usage)
	}
	failed := make(chan error)
	for at := 0; at < len(addresses); at += 2 {
		listener, err := net.Listen("tcp", addresses[at])
		if err != nil {
			return err
		}
		go func(target string) {
			for {
				connection, err := listener.Accept()
				if err != nil {
					failed <- err
					return
				}
				go pass(connection, target)
			}
		}(addresses[at+1])
	}
	return <-failed
}

// pass copies both ways and closes both ends as soon as neither has anything left to say.
func pass(from net.Conn, target string) {
	defer from.Close()
	to, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	answered := make(chan struct{})
	go func() {
		io.Copy(from, to)
		from.(*net.TCPConn).CloseWrite()
		close(answered)
	}()
	io.Copy(to, from)
	to.(*net.TCPConn).CloseWrite()
	<-answered
}

// serve answers 503 until it has begun and, from then on, what it was last told (200 at first).
func serve(address string, after time.Duration) error {
	begun := time.Now().Add(after)
	handler := http.NewServeMux()
	for _, path := range []string{"/ready", "/live", "/start"} {
		var status atomic.Int32
		status.Store(http.StatusOK)
		handler.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if told, err := strconv.Atoi(r.URL.Query().Get("status")); r.Method == http.MethodPut && err == nil {
				status.Store(int32(told))
				return
			}
			if time.Now().Before(begun) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.WriteHeader(int(status.Load()))
		})
	}
	go func() {
		untilSignal()
		os.Exit(0)
	}()
	return http.ListenAndServe(address, handler)
}

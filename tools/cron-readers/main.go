// Command cron-readers prints how the real libraries read cron expressions: robfig/cron 3 (Kubernetes, and Velero before
// 1.18.3), netresearch/go-cron 0.15.0 (Velero 1.18.3) and Temporal's scheduler. The unit tests of src/domain/cron read what it
// prints:
//
//	go run . 300 1 > ../../tests/fixtures/cron/readings.tsv
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"

	netresearch "github.com/netresearch/go-cron"
	robfig "github.com/robfig/cron/v3"
	schedulepb "go.temporal.io/api/schedule/v1"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/service/worker/scheduler"
)

// After each of these moments so many times are asked for: an ordinary Monday, and a Saturday before a 29th of February.
var looks = []struct {
	after time.Time
	count int
}{
	{time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), 3},
	{time.Date(2028, 2, 26, 12, 0, 0, 0, time.UTC), 3},
}

// reader gives the next time after a moment; the zero time when there is none.
type reader func(expression string) (func(time.Time) time.Time, error)

var builder = scheduler.NewSpecBuilder(dynamicconfig.GetIntPropertyFn(0), dynamicconfig.GetIntPropertyFn(0))

var readers = []reader{
	func(expression string) (next func(time.Time) time.Time, err error) {
		// Callers of this library recover: it panics on some expressions.
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v", r)
			}
		}()
		schedule, err := robfig.ParseStandard(expression)
		if err != nil {
			return nil, err
		}
		return schedule.Next, nil
	},
	func(expression string) (func(time.Time) time.Time, error) {
		schedule, err := netresearch.ParseStandard(expression)
		if err != nil {
			return nil, err
		}
		return schedule.Next, nil
	},
	func(expression string) (func(time.Time) time.Time, error) {
		spec, err := builder.NewCompiledSpec(&schedulepb.ScheduleSpec{CronString: []string{expression}})
		if err != nil {
			return nil, err
		}
		return func(after time.Time) time.Time {
			result, err := spec.GetNextTime("", after)
			if err != nil {
				return time.Time{}
			}
			return result.Nominal
		}, nil
	},
}

func main() {
	// Without a zone these libraries mean the machine's.
	time.Local = time.UTC
	count, seed := argument(1, 300), argument(2, 1)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, "expression\trobfig/cron 3.0.1\tnetresearch/go-cron 0.15.0\tTemporal 1.32.0")
	random := rand.New(rand.NewSource(int64(seed)))
	seen := map[string]bool{}
	for _, expression := range append(append([]string{}, chosen...), make([]string, count)...) {
		for expression == "" || seen[expression] {
			expression = generated(random)
		}
		seen[expression] = true
		line := []string{expression}
		for _, read := range readers {
			line = append(line, reading(read, expression))
		}
		fmt.Fprintln(out, strings.Join(line, "\t"))
	}
}

func argument(at, otherwise int) int {
	if len(os.Args) <= at {
		return otherwise
	}
	value, err := strconv.Atoi(os.Args[at])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

// reading is what one library makes of an expression: "refused", or the next times, "never" where there is no more.
func reading(read reader, expression string) string {
	next, err := read(expression)
	if err != nil {
		return "refused"
	}
	var times []string
	for _, look := range looks {
		at := look.after
		for range look.count {
			at = next(at)
			if at.IsZero() {
				times = append(times, "never")
				break
			}
			times = append(times, at.UTC().Format("2006-01-02T15:04:05"))
		}
	}
	return strings.Join(times, " ")
}

// generated is an expression of five fields, mostly right, often at the edge of what one of the libraries takes.
func generated(random *rand.Rand) string {
	fields := make([]string, len(bounds))
	for at, bound := range bounds {
		fields[at] = bound.field(random)
	}
	return strings.Join(fields, " ")
}

type bound struct {
	min, max int
	names    []string
	// How often of ten the field is a star.
	stars int
}

var bounds = []bound{
	{0, 59, nil, 2},
	{0, 23, nil, 2},
	{1, 31, nil, 4},
	{1, 12, []string{"jan", "FEB", "Mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}, 5},
	{0, 7, []string{"sun", "MON", "Tue", "wed", "thu", "fri", "sat"}, 4},
}

func (b bound) field(random *rand.Rand) string {
	if random.Intn(10) < b.stars {
		return []string{"*", "*", "*", "*", "?", "*/1", "*,*"}[random.Intn(7)]
	}
	parts := make([]string, 1+random.Intn(5)/3)
	for at := range parts {
		parts[at] = b.part(random)
	}
	return strings.Join(parts, ",")
}

func (b bound) part(random *rand.Rand) string {
	text := "*"
	if random.Intn(4) > 0 {
		text = b.value(random)
		if random.Intn(3) == 0 {
			text += "-" + b.value(random)
		}
	}
	if random.Intn(3) == 0 {
		steps := []int{1, 2, 3, 5, 7, 10, b.max, b.max + 1}
		text += "/" + strconv.Itoa(steps[random.Intn(len(steps))])
	}
	return text
}

func (b bound) value(random *rand.Rand) string {
	if b.names != nil && random.Intn(3) == 0 {
		return b.names[random.Intn(len(b.names))]
	}
	value := b.min + random.Intn(b.max-b.min+1)
	switch random.Intn(40) {
	case 0:
		value = b.max + 1
	case 1:
		return "0" + strconv.Itoa(value)
	}
	return strconv.Itoa(value)
}

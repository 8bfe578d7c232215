package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"text/template"
	"time"
)

// A value that the chart made up. The texts only hold its place: whoever applies the chart makes a value of this kind.
type invention struct {
	// random, bytes, uuid, key, certificate; or derived: of another value, in a way that is not followed.
	Kind string `json:"kind"`
	// What it is in the documents, by part: text; of a certificate cert and key.
	Parts map[string]string `json:"parts"`
	// Of random: alphanumeric, alpha, digits, ascii.
	Alphabet string `json:"alphabet,omitempty"`
	// Characters of random, bytes of bytes.
	Length int `json:"length,omitempty"`
	// Of key: rsa, dsa, ecdsa, ed25519.
	Algorithm string `json:"algorithm,omitempty"`
	// Of derived: the function of the template.
	Function string `json:"function,omitempty"`

	CommonName string   `json:"commonName,omitempty"`
	Addresses  []string `json:"addresses,omitempty"`
	Names      []string `json:"names,omitempty"`
	Days       int      `json:"days,omitempty"`
	Authority  bool     `json:"authority,omitempty"`
	// Which of the values signs it, from 0; itself when absent.
	Signer *int `json:"signer,omitempty"`
}

// What templates see of a certificate.
type certificate struct {
	Cert string
	Key  string
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
)

var alphabets = map[string]string{
	"alphanumeric": letters + digits,
	"alpha":        letters,
	"digits":       digits,
	// As Sprig has it: every character that can be printed.
	"ascii": " !\"#$%&'()*+,-./" + digits + ":;<=>?@" + letters[:26] + "[\\]^_`" + letters[26:] + "{|}~",
}

type inventor struct {
	seed []byte
	now  time.Time
	made []*invention
}

func newInventor(seed string, now time.Time) *inventor {
	return &inventor{seed: []byte(seed), now: now, made: []*invention{}}
}

// The bytes that stand for the next value.
func (i *inventor) stream(length int) []byte {
	var bytes []byte
	for block := uint32(0); len(bytes) < length; block++ {
		mac := hmac.New(sha256.New, i.seed)
		binary.Write(mac, binary.BigEndian, uint32(len(i.made)))
		binary.Write(mac, binary.BigEndian, block)
		bytes = mac.Sum(bytes)
	}
	return bytes[:length]
}

func (i *inventor) keep(made *invention) *invention {
	i.made = append(i.made, made)
	return made
}

func (i *inventor) random(alphabet string) func(int) string {
	return func(length int) string {
		characters := alphabets[alphabet]
		var text strings.Builder
		for _, one := range i.stream(max(0, length)) {
			text.WriteByte(characters[int(one)%len(characters)])
		}
		i.keep(&invention{Kind: "random", Alphabet: alphabet, Length: length, Parts: parts(text.String())})
		return text.String()
	}
}

func (i *inventor) derived(function string, prefix string, length int) string {
	text := prefix + base64.RawURLEncoding.EncodeToString(i.stream(length))
	i.keep(&invention{Kind: "derived", Function: function, Parts: parts(text)})
	return text
}

func (i *inventor) block(kind string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: i.stream(192)}))
}

func (i *inventor) certificate(made *invention) certificate {
	cert, key := i.block("CERTIFICATE"), ""
	made.Parts = map[string]string{"cert": cert}
	i.keep(made)
	if made.Function == "" {
		// Of the next number, so that it is another text.
		key = i.block("RSA PRIVATE KEY")
		made.Parts["key"] = key
	}
	return certificate{Cert: cert, Key: key}
}

func (i *inventor) signed(cn string, ips, names any, days int, ca any) (certificate, error) {
	made := &invention{
		Kind: "certificate", CommonName: cn, Addresses: texts(ips), Names: texts(names), Days: days,
	}
	signer, err := certOf(ca)
	if err != nil {
		return certificate{}, err
	}
	for number, other := range i.made {
		if other.Kind == "certificate" && other.Parts["cert"] == signer {
			made.Signer = &number
			return i.certificate(made), nil
		}
	}
	return i.outOfReach(made, "genSignedCert"), nil
}

// A certificate of a key or an authority that the chart was given: nobody else has these.
func (i *inventor) outOfReach(made *invention, function string) certificate {
	made.Kind, made.Function = "derived", function
	return i.certificate(made)
}

// The functions of Sprig that come out otherwise every time.
func (i *inventor) functions() template.FuncMap {
	return template.FuncMap{
		"now":          func() time.Time { return i.now },
		"ago":          func(any) string { return i.derived("ago", "", 6) },
		"randAlphaNum": i.random("alphanumeric"),
		"randAlpha":    i.random("alpha"),
		"randNumeric":  i.random("digits"),
		"randAscii":    i.random("ascii"),
		"randBytes": func(length int) (string, error) {
			text := base64.StdEncoding.EncodeToString(i.stream(length))
			i.keep(&invention{Kind: "bytes", Length: length, Parts: parts(text)})
			return text, nil
		},
		"randInt": func(low, high int) (int, error) {
			if high <= low {
				return 0, errors.New("randInt: the second number must be the larger one")
			}
			number := low + int(binary.BigEndian.Uint32(i.stream(4)))%(high-low)
			i.keep(&invention{Kind: "derived", Function: "randInt", Parts: map[string]string{}})
			return number, nil
		},
		"shuffle": func(text string) string {
			characters := []rune(text)
			for at, one := range i.stream(len(characters)) {
				with := int(one) % len(characters)
				characters[at], characters[with] = characters[with], characters[at]
			}
			i.keep(&invention{Kind: "derived", Function: "shuffle", Parts: map[string]string{}})
			return string(characters)
		},
		"uuidv4": func() string {
			b := i.stream(16)
			b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
			text := fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
			i.keep(&invention{Kind: "uuid", Parts: parts(text)})
			return text
		},
		"bcrypt": func(string) string { return i.derived("bcrypt", "$2a$10$", 39) },
		"htpasswd": func(user, _ string) string {
			if strings.Contains(user, ":") {
				return fmt.Sprintf("invalid username: %s", user)
			}
			return user + ":" + i.derived("htpasswd", "$2a$10$", 39)
		},
		"encryptAES": func(string, string) (string, error) { return i.derived("encryptAES", "", 48), nil },
		"genPrivateKey": func(algorithm string) string {
			name, known := map[string]string{
				"": "RSA PRIVATE KEY", "rsa": "RSA PRIVATE KEY", "dsa": "DSA PRIVATE KEY",
				"ecdsa": "EC PRIVATE KEY", "ed25519": "PRIVATE KEY",
			}[algorithm]
			if !known {
				return "Unknown type " + algorithm
			}
			text := i.block(name)
			if algorithm == "" {
				algorithm = "rsa"
			}
			i.keep(&invention{Kind: "key", Algorithm: algorithm, Parts: parts(text)})
			return text
		},
		"buildCustomCert": func(cert, key string) (certificate, error) {
			decodedCert, err := base64.StdEncoding.DecodeString(cert)
			if err != nil {
				return certificate{}, errors.New("unable to decode base64 certificate")
			}
			decodedKey, err := base64.StdEncoding.DecodeString(key)
			if err != nil {
				return certificate{}, errors.New("unable to decode base64 private key")
			}
			return certificate{Cert: string(decodedCert), Key: string(decodedKey)}, nil
		},
		"genCA": func(cn string, days int) (certificate, error) {
			return i.certificate(&invention{Kind: "certificate", CommonName: cn, Days: days, Authority: true}), nil
		},
		"genCAWithKey": func(cn string, days int, _ string) (certificate, error) {
			return i.outOfReach(&invention{CommonName: cn, Days: days}, "genCAWithKey"), nil
		},
		"genSelfSignedCert": func(cn string, ips, names any, days int) (certificate, error) {
			return i.certificate(&invention{
				Kind: "certificate", CommonName: cn, Addresses: texts(ips), Names: texts(names), Days: days,
			}), nil
		},
		"genSelfSignedCertWithKey": func(cn string, ips, names any, days int, _ string) (certificate, error) {
			return i.outOfReach(&invention{CommonName: cn, Days: days}, "genSelfSignedCertWithKey"), nil
		},
		"genSignedCert": i.signed,
		"genSignedCertWithKey": func(cn string, ips, names any, days int, _ any, _ string) (certificate, error) {
			return i.outOfReach(&invention{CommonName: cn, Days: days}, "genSignedCertWithKey"), nil
		},
	}
}

func parts(text string) map[string]string {
	return map[string]string{"text": text}
}

func texts(list any) []string {
	found := []string{}
	value := reflect.ValueOf(list)
	if value.Kind() != reflect.Slice {
		return found
	}
	for at := range value.Len() {
		found = append(found, fmt.Sprint(value.Index(at).Interface()))
	}
	return found
}

// Of ours or of one that templates put together; Sprig itself takes only its own.
func certOf(ca any) (string, error) {
	value := reflect.Indirect(reflect.ValueOf(ca))
	if value.Kind() != reflect.Struct || !value.FieldByName("Cert").IsValid() {
		return "", errors.New("genSignedCert: the authority must be a certificate")
	}
	return value.FieldByName("Cert").String(), nil
}

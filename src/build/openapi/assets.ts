/** How the reference looks: by the reader's own colours, and on paper. */
export const STYLE = `:root {
  color-scheme: light dark;
  --line: light-dark(#d5d9e0, #3a3f4a);
  --quiet: light-dark(#f4f6f9, #1d2129);
  --text: light-dark(#1b1f27, #e6e9ef);
  --link: light-dark(#0b57c5, #8ab4f8);
}
body {
  max-width: 64rem;
  margin: 0 auto;
  padding: 1rem;
  font:
    1rem / 1.6 system-ui,
    sans-serif;
  color: var(--text);
  background: light-dark(#fff, #14171d);
}
a {
  color: var(--link);
}
nav ul {
  columns: 16rem;
  padding-left: 1rem;
}
section {
  margin-top: 2rem;
  border-top: 1px solid var(--line);
}
h2 {
  overflow-wrap: anywhere;
  font-size: 1.2rem;
}
h3 {
  font-size: 1rem;
  margin-bottom: 0.3rem;
}
pre,
.wide {
  overflow-x: auto;
}
pre {
  padding: 0.6rem;
  background: var(--quiet);
}
nav a {
  overflow-wrap: anywhere;
}
th {
  white-space: nowrap;
}
td {
  min-width: 8rem;
}
dt {
  font-weight: 600;
}
dd {
  margin: 0 0 0.6rem;
}
table {
  border-collapse: collapse;
}
th,
td {
  padding: 0.3rem 0.6rem;
  border: 1px solid var(--line);
  text-align: left;
  vertical-align: top;
  overflow-wrap: anywhere;
}
input {
  width: 100%;
  padding: 0.5rem;
  box-sizing: border-box;
  font: inherit;
}
@media print {
  nav,
  header p[hidden],
  input {
    display: none;
  }
  section {
    break-inside: avoid;
  }
}
`;

/** Hides what does not have all the words that are looked for; without it the browser's own search does. */
export const SEARCH = `const field = document.getElementById('search');
field.parentElement.hidden = false;
field.addEventListener('input', () => {
  const words = field.value.toLowerCase().split(/\\s+/);
  for (const section of document.querySelectorAll('section')) {
    const text = section.textContent.toLowerCase();
    section.hidden = !words.every((word) => text.includes(word));
    document.querySelector(\`a[href="#\${section.id}"]\`).parentElement.hidden = section.hidden;
  }
});
`;

/** Text goes in as text, whatever it holds. */
export function element (name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.append(...children)
  return made
}

export const byId = id => document.getElementById(id)

// The side panel: a place of the course with the quote marked in it.
// props: { text, quote } in Markdown; text is empty above a PDF, which has its own viewer.
import { useEffect, useRef, useState } from "react"
import { Markdown } from "@/components/markdown"

// The letters and digits of everything below a node, each with where it stands.
// Of a formula only its source counts, which is what a quote holds as well.
function lettersOf(root, without) {
  const letters = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement
    if (without?.contains(node)) continue
    if (parent.closest(".katex") && !parent.closest("annotation")) continue
    for (let offset = 0; offset < node.data.length; offset += 1) {
      for (const letter of plain(node.data[offset])) letters.push({ letter, node, offset })
    }
  }
  return letters
}

function plain(text) {
  return text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "")
}

// Where the quote begins and ends. A long one may differ in its middle, where a
// PDF has a footnote or a formula: then its first and last letters are looked for.
function rangeOf(root, quote, without) {
  const letters = lettersOf(root, without)
  const text = letters.map((item) => item.letter).join("")
  const wanted = plain(quote)
  if (wanted.length < 4) return null
  let start = text.indexOf(wanted)
  let end = start + wanted.length
  if (start < 0) {
    const edge = Math.min(40, Math.floor(wanted.length / 2))
    start = text.indexOf(wanted.slice(0, edge))
    const tail = text.indexOf(wanted.slice(-edge), start)
    end = tail + edge
    if (start < 0 || tail < 0 || end - start > 2 * wanted.length) return null
  }
  const range = new Range()
  range.setStart(visible(letters[start]).node, visible(letters[start]).offset)
  const last = visible(letters[end - 1])
  const punctuation = /^[.,;:!?)\]"'”’»]*/.exec(last.node.data?.slice(last.offset + 1) ?? "")[0]
  range.setEnd(last.node, last.offset + 1 + punctuation.length)
  return range
}

// A formula's source is not drawn; what is drawn stands beside it.
function visible({ node, offset }) {
  const formula = node.parentElement.closest(".katex")
  const drawn = formula?.querySelector(".katex-html")
  return drawn ? { node: drawn, offset: 0 } : { node, offset }
}

// Scrolls what holds the range, and nothing around it.
function reveal(range) {
  let box = range.startContainer.parentElement
  while (box && box.scrollHeight <= box.clientHeight + 4) box = box.parentElement
  if (!box) return
  const top = range.getBoundingClientRect().top - box.getBoundingClientRect().top
  box.scrollTop += top - box.clientHeight / 3
}

// A PDF's page is drawn at its own size; the panel is often narrower.
function fit(panel) {
  const page = panel.querySelector(".react-pdf__Page")
  if (!page?.offsetWidth || panel.style.getPropertyValue("--pdf-fit")) return
  const around = getComputedStyle(page.closest(".overflow-auto").firstElementChild)
  const margins = parseFloat(around.paddingLeft) + parseFloat(around.paddingRight)
  const room = page.closest(".overflow-auto").clientWidth - margins
  panel.style.setProperty("--pdf-fit", String(Math.min(1, room / page.offsetWidth)))
}

const PATIENCE = 3000 // milliseconds until a quote counts as not found in a PDF

export default function Source() {
  const here = useRef(null)
  const [missing, setMissing] = useState(false)

  useEffect(() => {
    const panel = here.current?.closest("#side-view-content")
    if (!panel) return
    let shown = false
    let timer = 0
    const mark = () => {
      fit(panel)
      if (!props.quote || !window.CSS?.highlights) return
      const range = rangeOf(panel, props.quote, here.current.querySelector(".source-quote"))
      if (!range) {
        CSS.highlights.delete("quote")
        return
      }
      CSS.highlights.set("quote", new Highlight(range))
      if (!shown) reveal(range)
      shown = true
      setMissing(false)
    }
    // A PDF draws its pages one by one, and code is coloured after it is drawn.
    const observer = new MutationObserver(() => {
      clearTimeout(timer)
      timer = setTimeout(mark, 120)
    })
    observer.observe(panel, { childList: true, subtree: true })
    mark()
    const waiting = setTimeout(() => setMissing(!shown), PATIENCE)
    return () => {
      observer.disconnect()
      clearTimeout(timer)
      clearTimeout(waiting)
      panel.style.removeProperty("--pdf-fit")
      window.CSS?.highlights?.delete("quote")
    }
  }, [])

  return (
    <div ref={here} className="source">
      {props.text ? <Markdown latex>{props.text}</Markdown> : null}
      {!props.text && props.quote && missing ? (
        <div className="source-quote">
          <Markdown latex>{props.quote}</Markdown>
        </div>
      ) : null}
    </div>
  )
}

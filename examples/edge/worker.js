import { createEdgeApp } from 'puregalaxy/api/edge'
import decoders from 'puregalaxy/api/edge/decoders.wasm'
import tensorflow from 'puregalaxy/api/edge/tensorflow.wasm'
import html from 'puregalaxy/web/index.html'
import style from 'puregalaxy/web/page.css'
import script from 'puregalaxy/web/page.js'
import card from 'puregalaxy/weights/small.card.json'
import small from 'puregalaxy/weights/small.safetensors'

const app = await createEdgeApp({
  tensorflow,
  decoders,
  models: { small },
  cards: { small: card },
  page: { html, style, script },
})

export default {
  fetch(request, _environment, context) {
    const answer = app.fetch(request)
    // What a client began is ended when the client goes away, so that its place is free again.
    context.waitUntil(answer)
    return answer
  },
}

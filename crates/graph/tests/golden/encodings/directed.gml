graph [
  directed 1
  node [
    id 0
    label "Ada"
  ]
  node [
    id 1
    label "New York"
  ]
  node [
    id 2
    label "say &#34;x&#34; &#38; <y>"
  ]
  node [
    id 3
    label "&#321;&#243;d&#378;"
  ]
  node [
    id 4
    label "a, b"
  ]
  edge [
    source 0
    target 1
    weight 5
    label "likes"
  ]
  edge [
    source 0
    target 0
    weight 1
    label "likes"
  ]
  edge [
    source 2
    target 3
    weight 3
    label "is <near>"
  ]
]

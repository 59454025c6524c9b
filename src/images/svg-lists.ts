// https://www.w3.org/TR/SVG2/eltindex.html and https://www.w3.org/TR/SVG2/attindex.html: what draws, and nothing else

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** The elements that stay. Not among them: what runs, what embeds other languages, what describes. */
export const ELEMENTS = words(`
  svg g defs symbol use switch a view path rect circle ellipse line polyline polygon image text tspan textPath style
  marker pattern mask clipPath linearGradient radialGradient stop filter
  feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
  feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode
  feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
  animate animateTransform animateMotion mpath set`);

/** The elements whose text is drawn. */
export const TEXT_ELEMENTS = words('text tspan textPath a');

/** The elements that change an attribute of another, or of a reference. */
export const ANIMATIONS = words('animate animateTransform set');

/** Attributes that draw, and that an animation may change; their values are looked at as styles are. */
export const DRAWING_ATTRIBUTES = words(`
  alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation color-interpolation-filters
  color-rendering cursor direction display dominant-baseline enable-background fill fill-opacity fill-rule filter
  flood-color flood-opacity font-family font-size font-size-adjust font-stretch font-style font-variant font-weight
  glyph-orientation-horizontal glyph-orientation-vertical image-rendering isolation kerning letter-spacing lighting-color
  marker marker-end marker-mid marker-start mask mask-type mix-blend-mode opacity overflow paint-order pointer-events
  shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin
  stroke-miterlimit stroke-opacity stroke-width text-anchor text-decoration text-overflow text-rendering transform
  transform-origin transform-box unicode-bidi vector-effect visibility white-space word-spacing writing-mode
  amplitude azimuth baseFrequency bias clipPathUnits cx cy d diffuseConstant divisor dx dy edgeMode elevation exponent
  filterUnits fr fx fy gradientTransform gradientUnits height in in2 intercept k1 k2 k3 k4 kernelMatrix kernelUnitLength
  lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth maskContentUnits maskUnits method mode numOctaves
  offset operator order orient pathLength patternContentUnits patternTransform patternUnits points pointsAtX pointsAtY
  pointsAtZ preserveAlpha preserveAspectRatio primitiveUnits r radius refX refY result rotate rx ry scale seed side slope
  spacing specularConstant specularExponent spreadMethod startOffset stdDeviation stitchTiles surfaceScale tableValues
  targetX targetY textLength type values viewBox width x x1 x2 xChannelSelector y y1 y2 yChannelSelector z`);

/** Attributes that say when and how an animation runs, and what is drawn for whom. */
export const OTHER_ATTRIBUTES = words(`
  id class media systemLanguage requiredFeatures
  accumulate additive attributeName attributeType begin by calcMode dur end fill from keyPoints keySplines keyTimes max
  min origin path repeatCount repeatDur restart to`);

/** Elements that run, or that hold what browsers run. */
export const RUNNING_ELEMENTS = words(
  'script handler listener foreignObject iframe object embed audio video canvas html body form input link meta base',
);

/** What a style may call. Whatever fetches is not among it, save `url(#…)`. */
export const STYLE_FUNCTIONS = words(`
  url rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix calc min max clamp var matrix matrix3d translate translatex
  translatey translatez translate3d scale scalex scaley scalez scale3d rotate rotatex rotatey rotatez rotate3d skew skewx
  skewy perspective cubic-bezier steps linear blur brightness contrast drop-shadow grayscale hue-rotate invert opacity
  saturate sepia polygon circle ellipse inset path rect linear-gradient radial-gradient not is where nth-child
  nth-last-child nth-of-type nth-last-of-type`);

/** The rules of a style sheet that begin with `@` and may stay. */
export const STYLE_RULES = words('media supports keyframes -webkit-keyframes');

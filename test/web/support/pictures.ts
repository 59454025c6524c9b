import sharp from 'sharp';

/** A picture with the name of its file. */
export interface NamedPicture {
  readonly name: string;
  readonly bytes: Buffer;
}

const WORDS = ['harbour', 'banner', 'ridge', 'morning', 'poster', 'river', 'cover', 'meadow', 'tiles', 'dusk'];
const SHAPES = [
  [960, 640],
  [640, 960],
  [800, 800],
  [1280, 640],
] as const;

/** Draws a landscape, another one for each number. */
async function draw(index: number): Promise<Buffer> {
  const [width, height] = SHAPES[index % SHAPES.length] ?? [800, 800];
  const hue = (index * 47) % 360;
  const wave = (level: number, lightness: number): string => {
    const base = height * level;
    const sway = height * (0.06 + ((index * 13) % 7) / 100);
    const path = `M0 ${base} C${width * 0.25} ${base - sway * 2} ${width * 0.4} ${base + sway} ${width * 0.6} ${base - sway} S${width * 0.9} ${base} ${width} ${base - sway} V${height} H0Z`;
    return `<path d="${path}" fill="hsl(${(hue + 40) % 360} 42% ${lightness}%)"/>`;
  };
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue} 65% 72%)"/><stop offset="1" stop-color="hsl(${(hue + 30) % 360} 75% 90%)"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="${width * (0.2 + (index % 6) / 10)}" cy="${height * 0.3}" r="${height * 0.09}" fill="hsl(${(hue + 180) % 360} 80% 88%)"/>
    ${wave(0.6, 58)}${wave(0.72, 44)}${wave(0.86, 30)}</svg>`;
  return sharp(Buffer.from(svg))
    .jpeg({ quality: 82 })
    .withExif({ IFD0: { Make: 'Camera', Model: 'One' } })
    .toBuffer();
}

/** Makes so many pictures, each of its own bytes. */
export const makePictures = (count: number, from = 0): Promise<readonly NamedPicture[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, offset) => {
      const index = from + offset;
      return { name: `${WORDS[index % WORDS.length]}-${index + 1}.jpg`, bytes: await draw(index) };
    }),
  );

/** Makes a picture of so many pixels across, in a ratio of 4 to 3, that no encoder makes small. */
export const makeHeavyPicture = (width: number): Promise<Buffer> =>
  sharp({
    create: {
      width,
      height: (width * 3) / 4,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .jpeg()
    .toBuffer();

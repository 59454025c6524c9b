// What of the package is used, so that a bundle takes no more along; loaded with the first token.
export { errors, jwtVerify, SignJWT } from 'jose';

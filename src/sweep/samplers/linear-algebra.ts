// The little linear algebra that samplers need, on small dense symmetric matrices: rows one after the other in one array.

/** A square matrix: the entry of row `i` and column `j` is at `i * size + j`. */
export type Matrix = Float64Array

/**
 * The lower triangle `L` of `L Lᵀ = A`, in place of A's (what is above the diagonal is left as it is); `false` if A isn't
 * positive definite.
 */
export function cholesky(matrix: Matrix, size: number): boolean {
  for (let row = 0; row < size; row += 1) {
    const start = row * size
    for (let column = 0; column <= row; column += 1) {
      const other = column * size
      let sum = matrix[start + column] as number
      for (let at = 0; at < column; at += 1)
        sum -= (matrix[start + at] as number) * (matrix[other + at] as number)
      if (column < row) {
        matrix[start + column] = sum / (matrix[other + column] as number)
      } else {
        if (!(sum > 0)) return false
        matrix[start + row] = Math.sqrt(sum)
      }
    }
  }
  return true
}

/** Solves `L x = b`, in place of b. */
export function solveLower(lower: Matrix, size: number, vector: Float64Array): void {
  for (let row = 0; row < size; row += 1) {
    const start = row * size
    let sum = vector[row] as number
    for (let at = 0; at < row; at += 1) sum -= (lower[start + at] as number) * (vector[at] as number)
    vector[row] = sum / (lower[start + row] as number)
  }
}

/** Solves `Lᵀ x = b`, in place of b. */
export function solveUpper(lower: Matrix, size: number, vector: Float64Array): void {
  for (let row = size - 1; row >= 0; row -= 1) {
    const value = (vector[row] as number) / (lower[row * size + row] as number)
    vector[row] = value
    const start = row * size
    for (let at = 0; at < row; at += 1) vector[at]! -= (lower[start + at] as number) * value
  }
}

/** `A⁻¹`, whole, of `A = L Lᵀ`. */
export function inverseOf(lower: Matrix, size: number): Matrix {
  // Row j of `inverted` is column j of L⁻¹, from its diagonal on.
  const inverted = new Float64Array(size * size)
  for (let column = 0; column < size; column += 1) {
    const start = column * size
    inverted[start + column] = 1 / (lower[start + column] as number)
    for (let row = column + 1; row < size; row += 1) {
      const of = row * size
      let sum = 0
      for (let at = column; at < row; at += 1)
        sum -= (lower[of + at] as number) * (inverted[start + at] as number)
      inverted[start + row] = sum / (lower[of + row] as number)
    }
  }
  const inverse = new Float64Array(size * size)
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = 0
      for (let at = row; at < size; at += 1)
        sum += (inverted[row * size + at] as number) * (inverted[column * size + at] as number)
      inverse[row * size + column] = inverse[column * size + row] = sum
    }
  }
  return inverse
}

/** Rotations go on until what is off the diagonal is so small beside it; in this many rounds at most. */
const MOST_ROUNDS = 60

/**
 * Eigenvalues, and as columns of `vectors` the eigenvectors, of a symmetric matrix: by Jacobi's rotations (Golub & Van Loan,
 * Matrix Computations, 8.5), which are exact enough and short.
 */
export function symmetricEigen(
  symmetric: Matrix,
  size: number,
): { readonly values: Float64Array; readonly vectors: Matrix } {
  const matrix = symmetric.slice()
  const vectors = new Float64Array(size * size)
  for (let at = 0; at < size; at += 1) vectors[at * size + at] = 1
  for (let round = 0; round < MOST_ROUNDS && !isDiagonal(matrix, size); round += 1) {
    for (let p = 0; p < size - 1; p += 1) {
      for (let q = p + 1; q < size; q += 1) rotate(matrix, vectors, size, p, q)
    }
  }
  return { values: Float64Array.from({ length: size }, (_, at) => matrix[at * size + at] as number), vectors }
}

function isDiagonal(matrix: Matrix, size: number): boolean {
  let [on, off] = [0, 0]
  for (let row = 0; row < size; row += 1) {
    on += (matrix[row * size + row] as number) ** 2
    for (let column = 0; column < row; column += 1) off += (matrix[row * size + column] as number) ** 2
  }
  return off <= 1e-30 * on
}

/** Makes the entry of `p` and `q` zero. */
function rotate(matrix: Matrix, vectors: Matrix, size: number, p: number, q: number): void {
  const entry = matrix[p * size + q] as number
  if (entry === 0) return
  const theta = ((matrix[q * size + q] as number) - (matrix[p * size + p] as number)) / (2 * entry)
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(tangent * tangent + 1)
  const sine = tangent * cosine
  for (let at = 0; at < size; at += 1) turn(matrix, at * size + p, at * size + q, cosine, sine)
  for (let at = 0; at < size; at += 1) turn(matrix, p * size + at, q * size + at, cosine, sine)
  for (let at = 0; at < size; at += 1) turn(vectors, at * size + p, at * size + q, cosine, sine)
}

function turn(matrix: Matrix, p: number, q: number, cosine: number, sine: number): void {
  const [a, b] = [matrix[p] as number, matrix[q] as number]
  matrix[p] = cosine * a - sine * b
  matrix[q] = sine * a + cosine * b
}

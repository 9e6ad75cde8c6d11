"""The reasons why classes of layers and operators are not read, one per group, with a remedy.

The message of a refusal and the page of layers come from here. ``tests/layers/test_odd_options.py`` compares the names
with the installed Keras: each of its classes is read, or is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REPLACE = "use layers or operators that Gatesmith reads (docs/layers.md)"
BEFORE = "compute it before the model, and give the model the result"


@dataclass(frozen=True)
class RefusalGroup:
    """A reason, a remedy, and the names in files that they hold for."""

    why: str
    fix: str
    names: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(sorted(self.names.split()))


def _groups(text: str) -> tuple[RefusalGroup, ...]:
    """The groups of a text, a paragraph each: the reason, the remedy, and names in any number of lines."""
    return tuple(RefusalGroup(*paragraph.split("\n", 2)) for paragraph in text.strip().split("\n\n"))


LAYERS = _groups(f"""
it turns text or hashes into numbers, and a board takes only numbers
do it before the model, and give the model the numbers: Embedding and CategoryEncoding take them
HashedCrossing Hashing StringLookup TextVectorization

it computes the histogram of a picture, or of its parts
prepare the pictures before the model (Keras itself builds no functional model with Equalization)
ContrastLimitedAdaptiveHistogramEqualization Equalization

it holds a program of another framework, and Gatesmith never runs code
build the same from Keras's own layers
FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper

a cell computes one step; a layer around it computes the sequence
keras.layers.RNN(cell), which is read
AbstractRNNCell GRUCell LSTMCell SimpleRNNCell StackedRNNCells

it is a base class and computes nothing itself
use the layer that derives from it
InputSpec Layer Wrapper

it looks columns up by name in a dictionary of inputs
give the model one tensor of numbers
DenseFeatures SequenceFeatures

this wrapper of tensorflow-model-optimization has the trained layer inside it, in a form for training
strip it and save again: tfmot.clustering.keras.strip_clustering(model)
ClusterWeights ClusterWeightsRNN

this kind of convolution is not supported yet
{REPLACE}
Deconvolution2D Deconvolution3D

it holds layers that Keras calls one after the other
keras.Sequential of the same layers, which is read
Pipeline
""")
OPERATORS = _groups(f"""
it solves, inverts or decomposes a matrix, which takes pivots that depend on the values
{BEFORE}
Cholesky CholeskyInverse Det Eig Eigh Inv Logdet Lstsq LuFactor MatrixRank Pinv Qr SVD Slogdet Solve SolveTriangular

it compares outputs with targets, for training
end the model before it: --stop-before NAME
AllClose BinaryCrossentropy CTCDecode CTCLoss CategoricalCrossentropy InTopK PSNR SSIM SparseCategoricalCrossentropy

it sorts values
max, min, argmax and one_hot are read
Argpartition Argsort Median Percentile Quantile Sort TopK

the length of its output depends on the values
use a mask in place of a shorter tensor: where(condition, x, 0)
Nonzero Unique

it counts or sums values at indices given by other values
one_hot, then a sum or a matmul
Bincount Histogram IsIn Scatter ScatterUpdate SegmentMax SegmentMin SegmentProd SegmentSum SliceUpdate TakeAlongAxis
UnravelIndex

it works on complex numbers, which generated code has only as two tensors
rfft and stft give the real and the imaginary part: sqrt(real * real + imag * imag)
FFT FFT2 IFFT2 IRFFT ISTFT Isreal Polar ViewAsComplex ViewAsReal

it runs a Python function, which is not in the file
write its steps out with operators
AssociativeScan Cond ForiLoop Function JVP Map Scan Switch VectorizedMap WhileLoop

it works on the bits of integers, or of floats
{BEFORE}
BitwiseAnd BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Gcd Lcm Ldexp LeftShift
Nextafter RightShift View

it ignores NaN, and generated code does not propagate NaN (docs/limits.md)
the operator without nan in its name
Isfinite Isinf Isnan Isneginf Isposinf NanToNum Nanargmax Nanargmin Nancumprod Nancumsum Nanmax Nanmean Nanmedian
Nanmin Nanpercentile Nanprod Nanquantile Nanstd Nansum Nanvar

it combines samples of a batch, or creates values without an input
compute it with the axes of one sample, by matmul or einsum; make constants before the model
Arange Array Corrcoef Correlate Diag Diagflat Geomspace Kron Linspace Logspace Meshgrid Outer Vander Vdot

it moves pixels to fractional positions
prepare pictures before the model; Resizing and UpSampling2D are read
AffineTransform ElasticTransform MapCoordinates PerspectiveTransform ScaleAndTranslate

it creates a number or a tensor from a shape, without an input
write the number or the constant in its place; broadcasting needs no broadcast_to
BroadcastTo EmptyLike Full Ndim Size

Keras 3.15 with TensorFlow fails on it, or rotates other axes than NumPy
Conv2DTranspose in place of conv_transpose; flip and transpose in place of rot90
ConvTranspose Rot90

it is not supported yet
{REPLACE}
CDist Cross Cumprod Erfinv ExtractPatches ExtractSequences FakeQuantWithMinMaxVars Fold GaussianBlur HSVToRGB I0
RGBToHSV Rearrange SegmentReduction Select SobelEdges Unfold
""")


def find(name: str, groups: Sequence[RefusalGroup]) -> RefusalGroup:
    """The group that names a class; without one, a group with no reason."""
    return next((group for group in groups if name in group.classes), RefusalGroup("", REPLACE, name))

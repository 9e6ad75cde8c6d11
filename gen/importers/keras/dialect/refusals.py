"""Why classes of layers and operators are not read, a reason a group, and what to do instead.

The message of a refusal and the page of layers come from here. ``tests/layers/test_enumeration.py`` holds the names to
the installed Keras: what it has is read, or is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REPLACE = "replace it by layers that are read, listed in the manual"
BEFORE = "compute it before the model, and give the model the result"


@dataclass(frozen=True)
class Refusal:
    """A reason, and the names that it holds for, as files have them."""

    why: str
    fix: str
    names: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(sorted(self.names.split()))


LAYERS = (
    Refusal(
        "it turns text, or hashes, into numbers; a board is given numbers",
        "do it before the model, and give the model the numbers: Embedding and CategoryEncoding take them",
        "HashedCrossing Hashing StringLookup TextVectorization",
    ),
    Refusal(
        "it takes the histogram of a picture, or of its parts",
        "prepare the pictures before the model (Keras itself builds no functional model with Equalization)",
        "ContrastLimitedAdaptiveHistogramEqualization Equalization",
    ),
    Refusal(
        "it holds a program of another framework, and Gatesmith never runs code",
        "build the same from Keras's own layers",
        "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper",
    ),
    Refusal(
        "a cell computes one step, and a layer around it goes along time",
        "keras.layers.RNN(cell), which is read",
        "AbstractRNNCell GRUCell LSTMCell SimpleRNNCell StackedRNNCells",
    ),
    Refusal(
        "it is a class that others derive from, and computes nothing itself",
        "use the layer that derives from it",
        "InputSpec Layer Wrapper",
    ),
    Refusal(
        "it looks columns up by name in a dictionary of inputs",
        "give the model one tensor of numbers",
        "DenseFeatures SequenceFeatures",
    ),
    Refusal(
        "this wrapper of tensorflow-model-optimization has the trained layer inside it, in a form for training",
        "strip it and save again: tfmot.clustering.keras.strip_clustering(model)",
        "ClusterWeights",
    ),
    Refusal(
        "this wrapper of tensorflow-model-optimization rounds weights and values as it computes, for TFLite's integers",
        "save the model that was given to quantize_model, with its weights, and use --numeric int8 --calibration",
        "QuantizeAnnotate",
    ),
    Refusal(
        "this kind of convolution comes with a later version",
        REPLACE,
        "Deconvolution2D Deconvolution3D",
    ),
    Refusal(
        "it holds layers that Keras calls one after the other",
        "keras.Sequential of the same layers, which is read",
        "Pipeline",
    ),
)
OPERATORS = (
    Refusal(
        "it solves, inverts or decomposes a matrix, which takes pivots that depend on the values",
        BEFORE,
        "Cholesky CholeskyInverse Det Eig Eigh Inv Logdet Lstsq LuFactor MatrixRank Pinv Qr SVD Slogdet Solve "
        "SolveTriangular",
    ),
    Refusal(
        "it compares answers with what was wanted, for training",
        "end the model before it: --stop-before NAME",
        "AllClose BinaryCrossentropy CTCDecode CTCLoss CategoricalCrossentropy InTopK PSNR SSIM "
        "SparseCategoricalCrossentropy",
    ),
    Refusal(
        "it puts values in order of size",
        "max, min, argmax and one_hot are read",
        "Argpartition Argsort Median Percentile Quantile Sort TopK",
    ),
    Refusal(
        "the length of its answer depends on the values",
        "use a mask in place of a shorter tensor: where(condition, x, 0)",
        "Nonzero Unique",
    ),
    Refusal(
        "it counts values, or sums them, at places that other values name",
        "one_hot, then a sum or a matmul",
        "Bincount Histogram IsIn Scatter ScatterUpdate SegmentMax SegmentMin SegmentProd SegmentSum SliceUpdate "
        "TakeAlongAxis UnravelIndex",
    ),
    Refusal(
        "it works on complex numbers, which generated code has only as two tensors",
        "rfft and stft give the real and the imaginary part: sqrt(real * real + imag * imag)",
        "FFT FFT2 IFFT2 IRFFT ISTFT Isreal Polar ViewAsComplex ViewAsReal",
    ),
    Refusal(
        "it runs a Python function, which is not in the file",
        "write its steps out with operators",
        "AssociativeScan Cond ForiLoop Function JVP Map Scan Switch VectorizedMap WhileLoop",
    ),
    Refusal(
        "it works on the bits of integers, or of floats",
        BEFORE,
        "BitwiseAnd BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Gcd Lcm Ldexp "
        "LeftShift Nextafter RightShift View",
    ),
    Refusal(
        "it leaves out NaN, and generated code does not keep NaN apart (docs/limits.md)",
        "the operator without nan in its name",
        "Isfinite Isinf Isnan Isneginf Isposinf NanToNum Nanargmax Nanargmin Nancumprod Nancumsum Nanmax Nanmean "
        "Nanmedian Nanmin Nanpercentile Nanprod Nanquantile Nanstd Nansum Nanvar",
    ),
    Refusal(
        "samples of a batch meet in it, or it makes numbers of no sample",
        "compute it with the axes of one sample, by matmul or einsum; make constants before the model",
        "Arange Array Corrcoef Correlate Diag Diagflat Geomspace Kron Linspace Logspace Meshgrid Outer Vander Vdot",
    ),
    Refusal(
        "it moves pixels to places between others",
        "prepare pictures before the model; Resizing and UpSampling2D are read",
        "AffineTransform ElasticTransform MapCoordinates PerspectiveTransform ScaleAndTranslate",
    ),
    Refusal(
        "it makes a number or a tensor of a shape, of no sample",
        "write the number or the constant in its place; broadcasting needs no broadcast_to",
        "BroadcastTo EmptyLike Full Ndim Size",
    ),
    Refusal(
        "Keras 3.15 with TensorFlow fails on it, or turns other axes than NumPy does",
        "Conv2DTranspose in place of conv_transpose; flip and transpose in place of rot90",
        "ConvTranspose Rot90",
    ),
    Refusal(
        "there is no code for it yet",
        "say it with layers or operators that are read, listed in the manual",
        "CDist Cross Cumprod Erfinv ExtractPatches ExtractSequences FakeQuantWithMinMaxVars Fold GaussianBlur HSVToRGB "
        "I0 RGBToHSV Rearrange SegmentReduction Select SobelEdges Unfold",
    ),
)


def find(name: str, groups: Sequence[Refusal]) -> Refusal:
    """The group that names a class, or one without a reason where none does."""
    return next((group for group in groups if name in group.classes), Refusal("", groups[-1].fix, name))

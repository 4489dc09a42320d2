"""The tag branch is read from its authors' checkpoint and computed as they define it."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchaudio.functional import melscale_fbanks

from scorer.errors import DatasetError
from scorer.nets import tag_net
from train.musicnn import filled
from train.tf_checkpoint import read_checkpoint

Weights = dict[str, NDArray[np.float32]]
KERNELS = [(7, 38, 1, 204), (7, 67, 1, 204), (128, 1, 1, 51), (64, 1, 1, 51), (32, 1, 1, 51)]
KERNELS += [(7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64)]
HEARD = [23, 14, 3, 7, 17]
NORMS = [1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200]


def numbered(kind: str, number: int) -> str:
    return kind if number == 0 else f"{kind}_{number}"


@pytest.fixture(scope="module")
def weights() -> Weights:
    draw = np.random.default_rng(0)
    made: Weights = {}
    for number, shape in enumerate(KERNELS):
        made[numbered("conv2d", number) + "/kernel"] = draw.normal(0, shape[0] ** -0.5 * shape[1] ** -0.5, shape)
        made[numbered("conv2d", number) + "/bias"] = draw.normal(0, 0.1, shape[-1])
    heard = []
    for number, count in enumerate(HEARD):  # the others' kernels are as good as nothing, as training left them
        kernel = made[numbered("conv2d", number) + "/kernel"]
        deaf = draw.permutation(kernel.shape[-1])[count:]
        kernel[..., deaf] *= 1e-9
        heard.append(~np.isin(np.arange(kernel.shape[-1]), deaf))
    made[numbered("conv2d", len(HEARD)) + "/kernel"][:, ~np.concatenate(heard)] *= 1e-9
    for number, size in enumerate(NORMS):
        name = numbered("batch_normalization", number)
        for part, low, high in (("gamma", 0.5, 1.5), ("beta", -0.2, 0.2), ("moving_mean", 0, 1)):
            made[f"{name}/{part}"] = draw.uniform(low, high, size)
        made[f"{name}/moving_variance"] = draw.uniform(0.5, 2, size)
    for number, shape in enumerate([(1506, 200), (200, 50)]):
        made[numbered("dense", number) + "/kernel"] = draw.normal(0, shape[0] ** -0.5, shape)
        made[numbered("dense", number) + "/bias"] = draw.normal(0, 0.1, shape[1])
    return {name: values.astype(np.float32) for name, values in made.items()}


def plainly(picture: Tensor, weights: Weights) -> Tensor:
    """One patch (PATCH, MELS) through musicnn, layer by layer in single precision; (WIDTH,)."""
    w = {name: torch.from_numpy(values) for name, values in weights.items()}

    def norm(x: Tensor, number: int, axis: int) -> Tensor:
        name, shape = numbered("batch_normalization", number), [1] * x.dim()
        shape[axis] = -1
        mean, variance, gamma, beta = (
            w[f"{name}/{part}"].view(shape) for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return (x - mean) / torch.sqrt(variance + 1e-3) * gamma + beta

    def convolve(x: Tensor, number: int, before: int, after: int) -> Tensor:
        name = numbered("conv2d", number)
        kernel = w[f"{name}/kernel"].permute(3, 2, 0, 1)
        x = functional.conv2d(functional.pad(x, (0, 0, before, after)), kernel, w[f"{name}/bias"])
        return norm(functional.relu(x), number + 1, 1)

    x = norm(picture[None, None], 0, 1)
    front = torch.cat(
        [convolve(x, 0, 3, 3).amax(3), convolve(x, 1, 3, 3).amax(3)]
        + [
            convolve(x, 2 + i, (size - 1) // 2, size - 1 - (size - 1) // 2).amax(3)
            for i, size in ((0, 128), (1, 64), (2, 32))
        ],
        dim=1,
    )
    middle = [front, convolve(front.transpose(1, 2)[:, None], 5, 3, 3)[..., 0]]
    for number in (6, 7):
        middle.append(convolve(middle[-1].transpose(1, 2)[:, None], number, 3, 3)[..., 0] + middle[-1])
    every = torch.cat(middle, dim=1)
    pooled = norm(torch.stack([every.amax(2), every.mean(2)], dim=2).flatten(1), 9, 1)
    features = norm(functional.relu(pooled @ w["dense/kernel"] + w["dense/bias"]), 10, 1)
    return torch.cat([features, features @ w["dense_1/kernel"] + w["dense_1/bias"]], dim=1)[0]


def test_a_patch_is_heard_as_published(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_net, "PATCHES", (100,))
    net = filled(weights)
    clip = np.random.default_rng(1).normal(0, 0.1, 160_000).astype(np.float32)
    samples = torch.from_numpy(clip / np.sqrt((clip**2).mean()) * 0.1)
    spectrum = torch.stft(samples, 512, 256, window=torch.hann_window(512), pad_mode="reflect", return_complex=True)
    bands = melscale_fbanks(257, 0.0, 8000.0, 96, 16_000, norm="slaney", mel_scale="slaney").T
    picture = torch.log10(10_000.0 * (bands @ spectrum.abs().square()) + 1.0).T[100 : 100 + tag_net.PATCH]
    found = net(torch.from_numpy(clip)[None])[0]
    assert torch.allclose(found, plainly(picture, weights)[: tag_net.TAGS], atol=2e-3)


def test_filters_that_hear_more_than_there_is_room_for_are_refused(weights: Weights) -> None:
    kernel = np.ones_like(weights["conv2d_2/kernel"])
    with pytest.raises(DatasetError, match="51 filters of layer 2 hear something"):
        filled({**weights, "conv2d_2/kernel": kernel})


def test_a_gain_changes_nothing_and_silence_is_no_trouble(weights: Weights) -> None:
    net = filled(weights)
    clip = torch.from_numpy(np.random.default_rng(1).normal(0, 0.1, (1, 160_000)).astype(np.float32))
    assert torch.allclose(net(clip), net(0.01 * clip), atol=1e-3)
    assert torch.isfinite(net(torch.zeros(2, 160_000))).all()


def test_the_branch_does_not_learn(weights: Weights) -> None:
    net = filled(weights).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net(torch.randn(2, 160_000))
    assert not any(parameter.requires_grad for parameter in net.parameters())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def block(pairs: list[tuple[bytes, bytes]]) -> bytes:
    rows = b"".join(varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in pairs)
    return rows + struct.pack("<II", 0, 1)


def checkpoint(folder: Path, variables: Weights, compressed: int = 0) -> None:
    """Write variables as TensorFlow does: a table of one block, and a file of numbers."""
    numbers, entries = b"", [(b"", b"\x08\x01")]
    for name, values in sorted(variables.items()):
        sizes = b"".join(b"\x12" + varint(len(dim)) + dim for dim in (b"\x08" + varint(n) for n in values.shape))
        entry = b"\x08\x01\x12" + varint(len(sizes)) + sizes + b"\x20" + varint(len(numbers))
        entries.append((name.encode(), entry + b"\x28" + varint(values.nbytes) + b"\x35\0\0\0\0"))
        numbers += values.astype("<f4").tobytes()
    data = block(entries)
    index = block([(b"z", varint(0) + varint(len(data)))])
    table = data + bytes([compressed]) + b"crc." + index + b"\0crc."
    handles = varint(0) + varint(0) + varint(len(data) + 5) + varint(len(index))
    (folder / ".index").write_bytes(table + handles.ljust(40, b"\0") + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb")
    (folder / ".data-00000-of-00001").write_bytes(numbers)


def test_a_checkpoint_gives_back_its_variables(tmp_path: Path) -> None:
    wanted = {"dense/kernel": np.arange(600, dtype=np.float32).reshape(200, 3), "beta": np.ones(1, np.float32)}
    checkpoint(tmp_path, wanted)
    found = read_checkpoint(tmp_path)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert np.array_equal(found[name], values)


def test_a_compressed_checkpoint_is_refused(tmp_path: Path) -> None:
    checkpoint(tmp_path, {"beta": np.ones(1, np.float32)}, compressed=1)
    with pytest.raises(ValueError, match="compressed"):
        read_checkpoint(tmp_path)

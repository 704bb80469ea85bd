"""Train "prompt-es", the small model of lesson 00 that solves tasks from what its prompt says.

    python tools/train_prompt_model.py --out build/prompt-es --minutes 35

The prompts come from `course_utils.prompting`, split "train". The seed fixes the BPE vocabulary, the first
weights and the order of the prompts; the schedule follows the clock, so two runs give models alike, not
equal. A checkpoint is written every few minutes. At the end the model is scored on the split "test".
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from course_utils import prompting
from course_utils.runtime import set_seed

ANSWER = re.compile(r"(?:lo cambia por|Respuesta):([^\n]*\n)")
EASY = 0.1  # the share of the training that is spent on the easiest prompts
START, PADDING, END = "<inicio>", "<relleno>", "\n"


def draw(rng: random.Random, progress: float) -> str:
    """Return one solved prompt; at the start of training (progress 0), those that repeat themselves most."""
    hard = progress > EASY
    if rng.random() < 0.45:
        examples = rng.choice([0, 1, 2, 2, 3] if hard else [2])
        prompt = prompting.rewriting_prompt(
            rng, examples, instruction=rng.random() < (0.9 if examples == 0 else 0.25), split="train"
        )
    else:
        prompt = prompting.question_prompt(
            rng,
            facts=rng.choice([1, 2, 3, 3, 4] if hard else [1]),
            answerable=rng.random() < (0.75 if hard else 0.9),
            split="train",
            questions=rng.choice([1, 2, 3, 4] if hard else [3]),
        )
        if rng.random() < 0.05:  # without a context there is nothing to answer from
            question = prompt.text[prompt.text.rindex("Pregunta:") :]
            return f"{question} {prompting.UNKNOWN}\n"
    return f"{prompt.text} {prompt.answer}\n"


def train_tokenizer(rng: random.Random, vocab_size: int) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer trained on prompts; digits apart, and names always after a space."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    # « and the name after it are kept apart by a space, so that a name has the same tokens anywhere.
    tokenizer.normalizer = normalizers.Replace("«", "« ")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Replace("« ", "«")])
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[START, PADDING],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((draw(rng, 1.0) for _ in range(10_000)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A", special_tokens=[(START, tokenizer.token_to_id(START))]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=START,
        pad_token=PADDING,
        padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
    )


def new_model(tokenizer: PreTrainedTokenizerFast, layers: int, width: int, heads: int) -> GPT2LMHeadModel:
    """Return an untrained GPT-2; its positions start as sinusoids, where "the one before" is easy to find."""
    newline = tokenizer.encode(END, add_special_tokens=False)
    if len(newline) != 1:
        raise RuntimeError(f"the end of a line must be one token, not {newline}")
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=384,
        n_embd=width,
        n_layer=layers,
        n_head=heads,
        activation_function="gelu_pytorch_tanh",  # the same function as "gelu_new", in one operation
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=newline[0],
    )
    config._attn_implementation = "eager"  # on CPU and in bfloat16, its backward pass is twice as fast
    model = GPT2LMHeadModel(config)
    position = torch.arange(config.n_positions)[:, None]
    frequency = torch.exp(-math.log(1_000) * torch.arange(width // 2) / (width // 2))
    waves = torch.cat([torch.sin(position * frequency), torch.cos(position * frequency)], dim=1)
    model.transformer.wpe.weight.data.copy_(0.05 * waves)
    model.transformer.wte.weight.data.mul_(2.5)
    return model


def encode(tokenizer: PreTrainedTokenizerFast, texts: list[str], context_weight: float) -> list[Any]:
    """Return for each text its token ids and their weights in the loss: 1 in answers, less elsewhere."""
    encoded = tokenizer(texts, return_offsets_mapping=True)
    batch = []
    for text, ids, offsets in zip(texts, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        inside = np.zeros(len(text) + 1, dtype=bool)
        for match in ANSWER.finditer(text):
            inside[match.start(1) : match.end(1)] = True
        weights = [1.0 if inside[begin] and end > begin else context_weight for begin, end in offsets]
        batch.append((ids, weights))
    return batch


def batches(tokenizer: PreTrainedTokenizerFast, texts: list[str], tokens: int, weight: float) -> list[Any]:
    """Group texts of like length into padded batches of about `tokens` tokens."""
    examples = sorted(encode(tokenizer, texts, weight), key=lambda example: len(example[0]))
    groups: list[list[Any]] = [[]]
    for example in examples:
        if groups[-1] and (len(groups[-1]) + 1) * len(example[0]) > tokens:
            groups.append([])
        groups[-1].append(example)
    padded = []
    for group in groups:
        length = max(len(ids) for ids, _ in group)
        ids = torch.full((len(group), length), tokenizer.pad_token_id)
        weights = torch.zeros(len(group), length)
        for row, (row_ids, row_weights) in enumerate(group):
            ids[row, : len(row_ids)] = torch.tensor(row_ids)
            weights[row, : len(row_ids)] = torch.tensor(row_weights)
        padded.append((ids, weights))
    return padded


def optimizers(model: GPT2LMHeadModel, rate: float, muon_rate: float) -> list[torch.optim.Optimizer]:
    """Return AdamW for embeddings, biases and norms, and Muon (Jordan, 2024) for the hidden matrices."""
    hidden = [p for name, p in model.transformer.h.named_parameters() if p.ndim == 2]
    known = {id(p) for p in hidden}
    others = [p for p in model.parameters() if id(p) not in known]
    if muon_rate == 0:
        return [torch.optim.AdamW([*hidden, *others], lr=rate, betas=(0.9, 0.98), weight_decay=0.01)]
    return [
        torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
        torch.optim.Muon(
            hidden, lr=muon_rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
        ),
    ]


def evaluate(model: GPT2LMHeadModel, tokenizer: Any, count: int, seed: int = 1) -> dict[str, float]:
    """Return the share of exact answers on the split "test" for each kind of prompt."""
    kinds: dict[str, Any] = {
        "0 examples": lambda rng: prompting.rewriting_prompt(rng, 0),
        "instruction": lambda rng: prompting.rewriting_prompt(rng, 0, instruction=True),
        "1 example": lambda rng: prompting.rewriting_prompt(rng, 1),
        "2 examples": lambda rng: prompting.rewriting_prompt(rng, 2),
        "3 examples": lambda rng: prompting.rewriting_prompt(rng, 3),
        "question, 1 fact": lambda rng: prompting.question_prompt(rng, 1),
        "question, 2 facts": lambda rng: prompting.question_prompt(rng, 2),
        "question, 3 facts": lambda rng: prompting.question_prompt(rng, 3),
        "unanswerable": lambda rng: prompting.question_prompt(rng, 3, answerable=False),
        "no context": lambda rng: prompting.question_prompt(rng, 3, context=False),
    }
    model.train(False)
    scores = {}
    for kind, make in kinds.items():
        rng = random.Random(seed)
        prompts = [make(rng) for _ in range(count)]
        answers = prompting.complete(model, tokenizer, [prompt.text for prompt in prompts])
        scores[kind] = sum(a == p.answer for a, p in zip(answers, prompts, strict=True)) / count
        if kind == "no context":
            scores["no context, abstains"] = sum(a == prompting.UNKNOWN for a in answers) / count
    model.train(True)
    return scores


def save(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write weights (half precision, read back as float32), configuration and tokenizer."""
    half = GPT2LMHeadModel(model.config)
    half.load_state_dict(model.state_dict())
    half.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    config = folder / "config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    settings["dtype"] = "float32"
    config.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)


def main() -> None:
    """Read the options, train, and save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--resume", type=Path, help="start from the model and tokenizer of this folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=35.0, help="the learning rate decays over this time")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--vocab-size", type=int, default=640)
    parser.add_argument("--tokens", type=int, default=2_000, help="tokens in a batch")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate of AdamW")
    parser.add_argument(
        "--muon-rate", type=float, default=4e-3, help="peak learning rate of Muon; 0: AdamW only"
    )
    parser.add_argument(
        "--context-weight", type=float, default=0.2, help="weight in the loss outside answers"
    )
    parser.add_argument("--checkpoint", type=float, default=4.0, help="minutes between checkpoints")
    options = parser.parse_args()

    set_seed(options.seed)
    rng = random.Random(options.seed)
    if options.resume:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(options.resume)
        model = GPT2LMHeadModel.from_pretrained(options.resume, attn_implementation="eager").train(True)
    else:
        tokenizer = train_tokenizer(rng, options.vocab_size)
        model = new_model(tokenizer, options.layers, options.width, options.heads)
    print(f"{model.num_parameters():,} parameters, {len(tokenizer)} tokens", flush=True)
    steppers = optimizers(model, options.rate, options.muon_rate)
    peaks = [[group["lr"] for group in stepper.param_groups] for stepper in steppers]
    began = last = time.monotonic()
    step, progress, losses = 0, 0.0, []
    while progress < 1:
        pool = batches(
            tokenizer,
            [draw(rng, 1.0 if options.resume else progress) for _ in range(1_000)],
            options.tokens,
            options.context_weight,
        )
        rng.shuffle(pool)
        for ids, weights in pool:
            progress = (time.monotonic() - began) / (60 * options.minutes)
            if progress >= 1:
                break
            scale = min(1.0, (step + 1) / 100) * min(1.0, (1 - progress) / 0.6)
            for stepper, rates in zip(steppers, peaks, strict=True):
                for group, peak in zip(stepper.param_groups, rates, strict=True):
                    group["lr"] = peak * scale
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(ids[:, :-1]).logits
            each = functional.cross_entropy(
                logits.float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
            )
            weight = weights[:, 1:].flatten()
            loss = (each * weight).sum() / weight.sum()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for stepper in steppers:
                stepper.step()
                stepper.zero_grad()
            answers = weight == 1
            losses.append((each * answers).sum().item() / max(1, int(answers.sum())))
            step += 1
            if step % 100 == 0:
                minutes = (time.monotonic() - began) / 60
                print(
                    f"{minutes:5.1f} min  step {step:5d}  answer loss {np.mean(losses[-100:]):.3f}",
                    flush=True,
                )
            if time.monotonic() - last > 60 * options.checkpoint:
                save(model, tokenizer, options.out)
                print(evaluate(model, tokenizer, 100), flush=True)
                last = time.monotonic()
    save(model, tokenizer, options.out)
    print(json.dumps(evaluate(model, tokenizer, 400), indent=2), flush=True)


if __name__ == "__main__":
    main()

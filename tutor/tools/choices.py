"""The words of a wish that choose: which tools it names, which model, law, strategy, action."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tutor.labs.fields import choices_of
from tutor.tools.laws import law_of
from tutor.tools.own_data import of_a_coin
from tutor.tools.registry import TOOLS

_MENTIONS = {
    "gan": r"\bgans?\b|\badversarial|\bgenerator|\bdiscriminator",
    "vae": r"\b(?:beta )?vaes?\b|\bvariational",
    "diffusion": r"\bdiffusion|\bddpm|\bddim|\bdenoiser|\bscore model",
    "autoencoder": r"(?<!variational )(?<!variational auto)\bautoencoders?\b|\bae\b",
    "text_to_image": r"\btext to image|\bsdxl|\bstable diffusion|\bprompt to image|\brefiner",
    "language_model": r"\brnns?\b|\blstms?\b|\btransformers?\b|\bngrams?\b|\blanguage models?\b",
    "sampling": r"\btop [kp]\b|\bnucleus|\bgreedy|\bnext (?:token|word)|"
    r"\bsampling strateg",
    "attention": r"\battention|\battend",
    "tokens": r"\btokeni[sz]\w*|\btokens?\b|\bsubwords?",
    "embeddings": r"\bembedding|\bneighbours?\b|\bvector space",
    "distribution": r"\bdistribution|\bpoisson|\bbinomial|\bbernoulli|\bexponential|\buniform|"
    r"\bdensity|\bbell curve|\bnormal distribution",
    "likelihood": r"\blikelihood|\bmle\b",
    "classifier": r"\bclassifiers?\b|\bbayes|\blogistic|\bspam|\bdecision boundar",
    "mixture": r"\bmixture|\bem\b|\bgmm\b|\bgaussians\b|\bexpectation maximi[sz]ation",
    "sequence": r"\bmarkov|\bhmms?\b|\bviterbi",
    "quiz": r"\bquiz|\bexam questions|\bpractice questions|\btest me|\bquestions\b",
    "search_course": r"\bsearch|\blook up|\bwhere in the",
}
_ACTIONS: Mapping[str, str] = {
    "sample": r"\bsampl|\bdraw|\bgenerat(?!or|ive)|\bmake|\bcreat|\bproduc|\bpaint|\brender|"
    r"\bwrite|"
    r"\binvent|\bimages?\b|\bsimulate",
    "interpolate": r"\binterpol|\bmorph|\bblend|\bmelt|\btransition|\bslide from|\bwalk (?:from|"
    r"through)",
    "train": r"\btrain|\blearn(?!ing curve)|\bteach|\bfit\b",
    "train_2d": r"\b2d\b|\bplane\b|\bpoints\b|\b2 dimension",
    "collapse": r"\bcollaps",
    "reconstruct": r"\breconstruct|\brebuild|\brestore|\bcompress",
    "latent_map": r"\blatent (?:space|map|plane)|\bmap\b",
    "beta": r"\bbetas?\b|\bkl\b",
    "noise": r"\badd(?:ing|s)? (?:more |some )?noise|\bforward|\bnoising|^(?:please )?noise\b|"
    r"\bcorrupt|"
    r"\bdestroy|\bdissolv|\bdrown",
    "denoise": r"\bdenois(?!ing steps?\b)|\breverse|\bremov\w* (?:the |all )?noise|\bnoise (?:is "
    r")?remov|\bclean|"
    r"\b(?:out of|from) (?:the |pure )?noise|\bnoise (?:in)?to\b|\bemerg",
    "guidance": r"\bguidance|\bcfg",
    "schedules": r"\bschedules?\b",
    "curve": r"\bcurves?\b|\berror\b",
    "stages": r"\bstages?\b|\bpipeline\b|\bstep by step",
    "compare": r"\bcompar|\bagainst\b|\bversus\b|\bvs\b|\bside by side|\beach\b|\ball\b",
    "generate": r"\bgenerat(?!ive)|\bwrite|\bcontinue|\btext from|\bproduce",
    "long_range": r"\blong[ -]range|\bmemory|\bremember|\brecall",
    "probabilities": r"\bprobabilit|\bnext (?:word|token)|\blikely",
    "draw": r"\bdraw|\bcount",
    "map": r"\bmap\b|\bplot|\bpoints\b",
    "neighbours": r"\bneighbours?|\bnearest|\bclosest|\bsimilar",
    "boundary": r"\bboundar|\bseparat",
    "spam": r"\bspam|\bham\b",
    "decode": r"\bdecod|\bviterbi|\bhidden states",
}
_MODELS = {
    "ngram": r"\bngrams?\b|\bmarkov chain|\bcount(?:ing)? model",
    "lstm": r"\blstms?\b",
    "rnn": r"\brnns?\b|\brecurrent",
    "transformer": r"\btransformers?\b|\bgpt\b|\battention model",
}
_STRATEGIES = {
    "greedy": r"\bgreed(?:y|ily)|\bargmax|\balways the (?:likeliest|most likely|best)",
    "top-k": r"\btop k\b|\bk =|\btop \d+\b(?! p)",
    "top-p": r"\btop p\b|\bnucleus|(?<!min )\bp =",
    "random": r"\brandom(?:ly)?\b(?! seed)|\bpure sampling|\bancestral|\bunrestricted",
}
_SHAPES = {
    "correlated": r"\bcorrelated",
    "independent": r"\bindependent",
    "ring": r"\brings?\b|\bcirc(?:le|ular)",
}
_SAMPLERS = {"ddpm": r"\bddpm", "ddim": r"\bddim"}
_SCHEDULES = {
    "linear": r"\blinear(?:ly)?\b(?: noise)?(?: schedule)?",
    "cosine": r"\bcosine",
}


def mentioned(english: str) -> set[str]:
    """The tools that the utterance names by a word of their own."""
    found = {tool for tool, pattern in _MENTIONS.items() if re.search(pattern, english)}
    if "text_to_image" in found and "diffusion" in found and "latent diffusion" in english:
        found.discard("diffusion")
    return found


def says_action(action: str, english: str) -> bool:
    """Whether a word of the utterance stands for the action."""
    return action in _ACTIONS and re.search(_ACTIONS[action], english) is not None


def actions_of(tool: str) -> tuple[str, ...]:
    """The actions of a tool, the default one first; none where it has no choice."""
    field = TOOLS[tool].model_fields.get("action") if tool in TOOLS else None
    if field is None:
        return ()
    return tuple(sorted(choices_of(field), key=lambda name: name != field.default))


def said_actions(tool: str, english: str) -> list[str]:
    """The tool's actions, other than sampling, for which the utterance has a word."""
    return [name for name in actions_of(tool) if name != "sample" and says_action(name, english)]


def read_choices(tool: str, english: str) -> dict[str, str]:
    """The words among which an argument of the tool chooses, other than its action."""
    said: dict[str, str] = {}
    match tool:
        case "language_model":
            _one(said, "model", _MODELS, english)
        case "sampling":
            _one(said, "strategy", _STRATEGIES, english)
        case "diffusion":
            _one(said, "sampler", _SAMPLERS, english)
            _one(said, "schedule", _SCHEDULES, english)
        case "distribution":
            if law := law_of(english):
                said["name"] = law
            elif re.search(r"\bcoin\b", english):
                said["name"] = "bernoulli"
        case "classifier":
            _one(said, "shape", _SHAPES, english)
        case "likelihood":
            if of_a_coin(english):
                said["name"] = "bernoulli"
            elif law_of(english) == "normal" or re.search(
                r"\bsigma|\bstandard deviation|\bmean\b", english
            ):
                said["name"] = "normal"
    return said


def _one(said: dict[str, str], name: str, options: Mapping[str, str], english: str) -> None:
    """The option that is named; where several are, none of them is meant alone."""
    found = [option for option, pattern in options.items() if re.search(pattern, english)]
    if len(found) == 1:
        said[name] = found[0]

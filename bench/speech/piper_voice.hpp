#pragma once

#include <string>

/// Speaks each line `name <tab> phonemes` of the standard input into `folder/name.wav` by the voice
/// that tools/speech/install.sh installed in `speech_folder`. An exit code.
int say_lines(const std::string& speech_folder, const std::string& folder);

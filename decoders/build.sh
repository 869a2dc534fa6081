#!/usr/bin/env bash
# Compiles decoders.wasm from the sources of libjpeg-turbo and libwebp. Needs clang, lld, wasi-libc and compiler-rt for wasm32:
# on Debian the packages clang, lld, wasi-libc, libclang-rt-dev-wasm32; the sources come with `apt-get source libjpeg-turbo libwebp`.
#
#   decoders/build.sh LIBJPEG_TURBO_FOLDER LIBWEBP_FOLDER
set -euo pipefail
jpeg=$(realpath "$1")
webp=$(realpath "$2")
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/jconfig.h" <<'H'
#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION_NUMBER 2001005
#define BITS_IN_JSAMPLE 8
H
cat > "$work/jconfigint.h" <<'H'
#define BUILD ""
#define INLINE inline
#define THREAD_LOCAL
#define PACKAGE_NAME "libjpeg-turbo"
#define VERSION ""
#define SIZEOF_SIZE_T 4
#define HAVE_BUILTIN_CTZL
#define FALLTHROUGH __attribute__((fallthrough));
H

jpeg_parts="jcomapi jdapimin jdapistd jdcoefct jdcolor jddctmgr jdhuff jdinput jdmainct jdmarker jdmaster jdmerge jdphuff
  jdpostct jdsample jidctflt jidctfst jidctint jidctred jmemmgr jmemnobs jquant1 jquant2 jutils jsimd_none"
webp_parts="dec/alpha_dec dec/buffer_dec dec/frame_dec dec/idec_dec dec/io_dec dec/quant_dec dec/tree_dec dec/vp8_dec
  dec/vp8l_dec dec/webp_dec demux/demux dsp/alpha_processing dsp/cpu dsp/dec dsp/dec_clip_tables dsp/filters dsp/lossless
  dsp/rescaler dsp/upsampling dsp/yuv utils/bit_reader_utils utils/color_cache_utils utils/filters_utils
  utils/huffman_utils utils/quant_levels_dec_utils utils/random_utils utils/rescaler_utils utils/thread_utils utils/utils"

clang --target=wasm32-wasi -O2 -DNDEBUG -DNO_GETENV -DNO_PUTENV -include errno.h -ffile-prefix-map="$work=." -ffile-prefix-map="$jpeg=jpeg" \
  -ffile-prefix-map="$webp=webp" -mexec-model=reactor -Wl,--strip-all -Wl,-z,stack-size=131072 \
  -I "$work" -I "$jpeg" -I "$webp" -I "$webp/src" \
  -o decoders.wasm decoders.c \
  $(for part in $jpeg_parts; do echo "$jpeg/$part.c"; done) \
  $(for part in $webp_parts; do echo "$webp/src/$part.c"; done)

/*
 * JPEG and WebP files to pixels, for places that have no sharp: what libvips asks libjpeg and libwebp for, which is to
 * reduce a picture while they decode it, so that the same pixels come out. Compiled by build.sh.
 *
 * One picture at a time: allocate, decode, release. A file that cannot be decoded ends in a trap or in 0, and after either
 * the caller starts a new instance: nothing is cleaned up here after an error.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jpeglib.h"
#include "jerror.h"
#include "webp/decode.h"
#include "webp/demux.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/* Eight bits a sample, row by row; 1 channel: grey, 3: RGB, 4: RGBA. */
struct picture {
  uint32_t width, height, channels;
  uint8_t *pixels;
};

static struct picture picture;

/* Room for a file. */
EXPORT(allocate) void *allocate(size_t size) {
  void *bytes = malloc(size);
  if (bytes == NULL) __builtin_trap();
  return bytes;
}

/* Frees a file and the picture that was made of it. */
EXPORT(release) void release(void *bytes) {
  free(bytes);
  free(picture.pixels);
}

static struct picture *hold(uint32_t width, uint32_t height, uint32_t channels) {
  picture = (struct picture){width, height, channels, calloc((size_t)width * height, channels)};
  if (picture.pixels == NULL) __builtin_trap();
  return &picture;
}

static void fail(j_common_ptr info) {
  (void)info;
  __builtin_trap();
}

/* Warnings (level -1) that libvips gives up at; after fewer it goes on, and so does this. The other levels are traces. */
static const long MOST_WARNINGS = 100;

static void warn(j_common_ptr info, int level) {
  if (level < 0 && ++info->err->num_warnings >= MOST_WARNINGS) __builtin_trap();
}

static void ignore_message(j_common_ptr info) { (void)info; }

static void nothing(j_decompress_ptr info) { (void)info; }

/* The file has ended and its pixels have not. */
static boolean end_of_file(j_decompress_ptr info) {
  (void)info;
  __builtin_trap();
}

static void skip(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  if ((size_t)count > source->bytes_in_buffer) __builtin_trap();
  source->next_input_byte += count;
  source->bytes_in_buffer -= count;
}

/*
 * shrink: 1, 2, 4 or 8, the size being divided by it and rounded down: where libjpeg makes a row or column of fewer
 * pixels libvips leaves it out. Gives 0 for colours that are neither grey nor RGB nor YCbCr.
 */
EXPORT(decode_jpeg) struct picture *decode_jpeg(const uint8_t *bytes, size_t length, int shrink) {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  memset(&errors, 0, sizeof errors);
  errors.error_exit = fail;
  errors.emit_message = warn;
  errors.output_message = ignore_message;
  errors.reset_error_mgr = ignore_message;
  info.err = &errors;
  jpeg_create_decompress(&info);
  memset(&source, 0, sizeof source);
  source.next_input_byte = bytes;
  source.bytes_in_buffer = length;
  source.init_source = nothing;
  source.fill_input_buffer = end_of_file;
  source.skip_input_data = skip;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = nothing;
  info.src = &source;
  jpeg_read_header(&info, TRUE);
  if (info.out_color_space != JCS_GRAYSCALE && info.out_color_space != JCS_RGB) return NULL;
  info.scale_num = 1;
  info.scale_denom = shrink;
  jpeg_start_decompress(&info);
  struct picture *into = hold(info.image_width / shrink, info.image_height / shrink, info.output_components);
  JSAMPROW row = allocate((size_t)info.output_width * into->channels);
  const size_t line = (size_t)into->width * into->channels;
  while (info.output_scanline < into->height) {
    jpeg_read_scanlines(&info, &row, 1);
    memcpy(into->pixels + (info.output_scanline - 1) * line, row, line);
  }
  free(row);
  jpeg_destroy_decompress(&info);
  return into;
}

/*
 * scale: at most 1, the size being multiplied by it and rounded. Of an animation the first frame, at its place; where any
 * frame does not fill the canvas libvips does not scale, and takes the rest of the canvas for transparent.
 */
EXPORT(decode_webp) struct picture *decode_webp(const uint8_t *bytes, size_t length, double scale) {
  const WebPData data = {bytes, length};
  WebPDemuxer *demuxer = WebPDemux(&data);
  WebPIterator frame;
  if (demuxer == NULL || !WebPDemuxGetFrame(demuxer, 1, &frame)) return NULL;
  const uint32_t canvas_width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
  const uint32_t canvas_height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
  uint32_t channels = WebPDemuxGetI(demuxer, WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG ? 4 : 3;
  do {
    if ((uint32_t)frame.width == canvas_width && (uint32_t)frame.height == canvas_height) continue;
    channels = 4;
    scale = 1;
  } while (WebPDemuxNextFrame(&frame));
  WebPDemuxGetFrame(demuxer, 1, &frame);
  struct picture *into = hold(rint(canvas_width * scale), rint(canvas_height * scale), channels);
  const size_t line = (size_t)into->width * channels;
  const uint32_t width = rint(frame.width * scale);
  const uint32_t height = rint(frame.height * scale);
  if (width == 0 || height == 0) return NULL;
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  config.options.use_scaling = scale != 1;
  config.options.scaled_width = width;
  config.options.scaled_height = height;
  config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.stride = line;
  config.output.u.RGBA.rgba = into->pixels + frame.y_offset * line + frame.x_offset * channels;
  config.output.u.RGBA.size = (height - 1) * line + width * channels;
  if (WebPDecode(frame.fragment.bytes, frame.fragment.size, &config) != VP8_STATUS_OK) return NULL;
  WebPDemuxReleaseIterator(&frame);
  WebPDemuxDelete(demuxer);
  return into;
}

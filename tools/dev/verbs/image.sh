# shellcheck shell=bash
# ./dev image
# Builds the container images vow and vow-shop from what is here, and says how large they are above their base.

[ $# -eq 0 ] || usage_error "image takes nothing"
command -v docker >/dev/null || need_packages_of image
docker info >/dev/null 2>&1 || die "no container engine answers: start docker (as root: systemctl start docker), or join its group"

size_of() { docker image inspect --format '{{.Size}}' "$1"; }
for image in vow shop; do
  name=vow
  [ $image = vow ] || name=vow-$image
  say "image $name"
  docker build --network host -f docker/Dockerfile --target "$image" -t "$name" . >&2 || die "the image $name could not be built"
  echo "$name: $((($(size_of "$name") - $(size_of debian:bookworm-slim)) / 1000000)) MB above its base"
done
done_with "images vow and vow-shop" "docker run --rm vow version"
